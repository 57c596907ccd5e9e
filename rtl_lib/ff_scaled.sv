// `value_i` times `multiplier_i`, registers behind both and behind the product, which is `product_o` + `carry_o` modulo
// 2**Width; part of ff_requantize_multiply_shift, which explains the parameters.
module ff_scaled #(
  parameter int InputWidth = 1,
  parameter bit InputSigned = 1'b0,
  parameter int MultiplierWidth = 1,
  parameter bit MultiplierSigned = 1'b0,
  parameter bit Fabric = 1'b0,
  parameter int Digits = 0,
  parameter int FineBits = 1,
  parameter int CoarseBits = 0,
  parameter logic [64*((Digits > 0) ? Digits : 1)-1:0] Shifts = '0,
  parameter int Width = 2
) (
  input  logic                              clk_i,
  input  logic                              enable_i,
  input  logic        [     InputWidth-1:0] value_i,
  input  logic        [MultiplierWidth-1:0] multiplier_i,
  output logic signed [          Width-1:0] product_o,
  output logic                              carry_o
);

  // See ff_dense.
  localparam int Chunk = (InputWidth == 1 && !InputSigned) ? MultiplierWidth : (InputWidth <= 4) ? 6 - InputWidth : 2;
  localparam int FullWidth = InputWidth + MultiplierWidth + (Fabric ? 0 : 1);
  localparam int ProductWidth = (FullWidth < Width) ? FullWidth : Width;

  logic [InputWidth-1:0] value_q;
  logic [InputWidth+1:0] triple_q;
  logic [InputWidth:0] negative_q;
  logic [MultiplierWidth-1:0] multiplier_q;

  ff_multiples #(
    .Lanes    (1),
    .Width    (InputWidth),
    .Signed   (InputSigned),
    .Triples  (Fabric && InputWidth + Chunk > 6),
    .Negatives(Fabric && InputWidth + Chunk > 6)
  ) u_multiples (
    .clk_i,
    .enable_i,
    .inputs_i   (value_i),
    .inputs_o   (value_q),
    .triples_o  (triple_q),
    .negatives_o(negative_q)
  );

  always_ff @(posedge clk_i) if (enable_i) multiplier_q <= multiplier_i;

  if (Digits > 0) begin : gen_shifts
    logic [Width-1:0] sum;
    logic carry, unused;
    assign unused = ^{triple_q, negative_q};
    ff_shift_row #(
      .Simd       (1),
      .InputWidth (InputWidth),
      .InputSigned(InputSigned),
      .Digits     (Digits),
      .FineBits   (FineBits),
      .CoarseBits (CoarseBits),
      .Shifts     (Shifts),
      .SumWidth   (Width)
    ) u_row (
      .clk_i,
      .enable_i,
      .inputs_i (value_q),
      .weights_i(multiplier_q),
      .sum_o    (sum),
      .carry_o  (carry)
    );
    always_ff @(posedge clk_i) begin
      if (enable_i) begin
        product_o <= sum;
        carry_o   <= carry;
      end
    end
  end else if (Fabric) begin : gen_fabric
    logic [ProductWidth-1:0] product;
    ff_lut_products #(
      .InputWidth  (InputWidth),
      .InputSigned (InputSigned),
      .WeightWidth (MultiplierWidth),
      .WeightSigned(MultiplierSigned),
      .Chunk       (Chunk),
      .Width       (ProductWidth)
    ) u_product (
      .inputs_i   (value_q),
      .triples_i  (triple_q),
      .negatives_i(negative_q),
      .weights_i  (multiplier_q),
      .products_o (product)
    );
    always_ff @(posedge clk_i) begin
      if (enable_i) product_o <= (InputSigned || MultiplierSigned) ? Width'($signed(product)) : Width'(product);
    end
    assign carry_o = 1'b0;
  end else begin : gen_dsp
    logic signed [InputWidth:0] x;
    logic signed [MultiplierWidth:0] m;
    logic signed [ProductWidth-1:0] product_q;
    logic unused;
    assign unused = ^{triple_q, negative_q};
    assign x      = $signed({InputSigned ? value_q[InputWidth-1] : 1'b0, value_q});
    assign m      = $signed({MultiplierSigned ? multiplier_q[MultiplierWidth-1] : 1'b0, multiplier_q});
    always_ff @(posedge clk_i) if (enable_i) product_q <= ProductWidth'(x * m);
    assign product_o = Width'(product_q);
    assign carry_o   = 1'b0;
  end

endmodule
