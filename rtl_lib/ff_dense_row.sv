// Sum of the products of one row of weights with the inputs of a beat; part of ff_dense, which explains the parameters.
module ff_dense_row #(
  parameter int Simd = 1,
  parameter int InputWidth = 1,
  parameter bit InputSigned = 1'b0,
  parameter bit InputBipolar = 1'b0,
  parameter int WeightWidth = 1,
  parameter bit WeightSigned = 1'b0,
  parameter bit WeightBipolar = 1'b0,
  parameter bit UseDsp = 1'b0,
  parameter int Chunk = 2,
  parameter int Group = 1,
  parameter int OperandWidth = 2,
  parameter bit OperandSigned = 1'b0,
  parameter int SumWidth = 2,
  parameter int Offset = 0,
  parameter int Total = 1
) (
  input  logic                            clk_i,
  input  logic                            enable_i,
  input  logic [     Simd*InputWidth-1:0] inputs_i,
  input  logic [Simd*(InputWidth+2)-1:0] triples_i,
  input  logic [Simd*(InputWidth+1)-1:0] negatives_i,
  input  logic [    Simd*WeightWidth-1:0] weights_i,
  output logic [            SumWidth-1:0] sum_o
);

  localparam int Operands = (Simd + Group - 1) / Group;
  logic [Operands*OperandWidth-1:0] operands;

  if (InputBipolar && WeightBipolar) begin : gen_xnor
    logic [Simd-1:0] equal;
    logic [Operands*Group-1:0] padded;
    logic unused;
    assign unused = ^{triples_i, negatives_i};
    assign equal  = inputs_i ~^ weights_i;
    assign padded = (Operands * Group)'(equal);
    for (genvar i = 0; i < Operands; i++) begin : gen_count
      ff_count_ones #(
        .Group(Group)
      ) u_count (
        .bits_i (padded[i*Group+:Group]),
        .count_o(operands[i*OperandWidth+:OperandWidth])
      );
    end
  end else if (!InputBipolar && !WeightBipolar && !UseDsp) begin : gen_lut_products
    ff_lut_products #(
      .Simd        (Simd),
      .InputWidth  (InputWidth),
      .InputSigned (InputSigned),
      .WeightWidth (WeightWidth),
      .WeightSigned(WeightSigned),
      .Chunk       (Chunk),
      .Width       (OperandWidth)
    ) u_products (
      .inputs_i,
      .triples_i,
      .negatives_i,
      .weights_i,
      .products_o(operands)
    );
  end else begin : gen_products
    for (genvar i = 0; i < Simd; i++) begin : gen_product
      logic [InputWidth-1:0] x;
      logic [WeightWidth-1:0] w;
      logic [InputWidth+1:0] triple;
      logic [InputWidth:0] negative;
      logic [OperandWidth-1:0] product;
      assign x        = inputs_i[i*InputWidth+:InputWidth];
      assign w        = weights_i[i*WeightWidth+:WeightWidth];
      assign triple   = triples_i[i*(InputWidth+2)+:InputWidth+2];
      assign negative = negatives_i[i*(InputWidth+1)+:InputWidth+1];
      assign operands[i*OperandWidth+:OperandWidth] = product;

      if (WeightBipolar) begin : gen_negate_input
        logic unused;
        assign unused  = ^triple;
        assign product = !w[0] ? OperandWidth'($signed(negative)) :
                         InputSigned ? OperandWidth'($signed(x)) : OperandWidth'(x);
      end else if (InputBipolar) begin : gen_negate_weight
        logic signed [OperandWidth-1:0] weight;
        logic unused;
        assign unused  = ^{triple, negative};
        assign weight  = WeightSigned ? OperandWidth'($signed(w)) : OperandWidth'(w);
        assign product = x[0] ? weight : -weight;
      end else begin : gen_dsp
        logic signed [InputWidth:0] x_signed;
        logic signed [WeightWidth:0] w_signed;
        (* use_dsp = "yes" *) logic signed [OperandWidth-1:0] full;
        logic unused;
        assign unused   = ^{triple, negative};
        assign x_signed = $signed({InputSigned ? x[InputWidth-1] : 1'b0, x});
        assign w_signed = $signed({WeightSigned ? w[WeightWidth-1] : 1'b0, w});
        assign full     = OperandWidth'(x_signed * w_signed);
        assign product  = full;
      end
    end
  end

  ff_adder_tree #(
    .Operands   (Operands),
    .Width      (OperandWidth),
    .Signed     (OperandSigned),
    .OutputWidth(SumWidth),
    .Offset     (Offset),
    .Total      (Total)
  ) u_tree (
    .clk_i,
    .enable_i,
    .operands_i(operands),
    .sum_o
  );

endmodule
