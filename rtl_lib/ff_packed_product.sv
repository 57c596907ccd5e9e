// Products of one input with the weights of `Rows` rows from a single multiplication, behind a register.
//
// The weights are digits of one operand, sum(weight[r] << (r * Spacing)). Field r of `fields_i` is digit r as it is
// stored: the weight, less one if the digits below make a negative number; so the operand is wiring. Product r is
// `products_o` field r plus bit r of `carries_o`, which says that the products below make a negative number. A product
// may have one bit more than `Spacing`: that bit meets the lowest bit of the next product, and is told from it because
// the lowest bit of a product is an AND.
module ff_packed_product #(
  parameter int Rows = 1,
  parameter int Spacing = 2,
  parameter int InputWidth = 1,
  parameter bit InputSigned = 1'b0,
  parameter int WeightWidth = 1,
  parameter bit WeightSigned = 1'b0,
  parameter int ProductWidth = 2
) (
  input  logic                         clk_i,
  input  logic                         enable_i,
  input  logic [       InputWidth-1:0] input_i,
  input  logic [ Rows*WeightWidth-1:0] fields_i,
  output logic [Rows*ProductWidth-1:0] products_o,
  output logic [             Rows-1:0] carries_o
);

  localparam bit Overlap = Rows > 1 && ProductWidth > Spacing;
  localparam int Top = (Rows - 1) * Spacing;
  localparam int DigitWidth = WeightWidth + (WeightSigned ? 0 : 1);
  localparam int OperandWidth = Top + DigitWidth;
  localparam int FactorWidth = InputWidth + (InputSigned ? 0 : 1);
  localparam int FullWidth = Top + ProductWidth;

  logic signed [FactorWidth-1:0] x;
  logic signed [OperandWidth-1:0] operand;
  // Factors may be wider than their products.
  // verilator lint_off UNUSEDSIGNAL
  (* use_dsp = "yes" *) logic signed [OperandWidth+FactorWidth-1:0] full;
  // verilator lint_on UNUSEDSIGNAL
  logic [FullWidth-1:0] full_q;

  assign x    = $signed(FactorWidth'(input_i));
  assign full = operand * x;

  for (genvar r = 0; r < Rows; r++) begin : gen_operand
    localparam int Bits = (r == Rows - 1) ? DigitWidth : Spacing;
    logic [WeightWidth-1:0] field;
    assign field = fields_i[r*WeightWidth+:WeightWidth];
    assign operand[r*Spacing+:Bits] = WeightSigned ? Bits'($signed(field)) : Bits'(field);
  end

  ff_delay #(
    .Width(FullWidth),
    .Depth(1)
  ) u_full (
    .clk_i,
    .enable_i,
    .data_i(full[FullWidth-1:0]),
    .data_o(full_q)
  );

  for (genvar r = 0; r < Rows; r++) begin : gen_product
    logic [ProductWidth-1:0] product;
    if (Overlap && r < Rows - 1) begin : gen_overlap
      logic odd, odd_q;
      assign odd = input_i[0] & (fields_i[(r+1)*WeightWidth] ^ (WeightSigned & fields_i[(r+1)*WeightWidth-1]));
      ff_delay #(
        .Width(1),
        .Depth(1)
      ) u_odd (
        .clk_i,
        .enable_i,
        .data_i(odd),
        .data_o(odd_q)
      );
      assign product = {full_q[(r+1)*Spacing] ^ odd_q, full_q[r*Spacing+:ProductWidth-1]};
    end else begin : gen_field
      assign product = full_q[r*Spacing+:ProductWidth];
    end
    assign products_o[r*ProductWidth+:ProductWidth] = product;
    if (r == 0) begin : gen_lowest
      assign carries_o[r] = 1'b0;
    end else begin : gen_carry
      assign carries_o[r] = (InputSigned || WeightSigned) ? gen_product[r-1].product[ProductWidth-1] : 1'b0;
    end
  end

endmodule
