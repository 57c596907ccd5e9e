// Product of an input with a few bits of a weight, InputWidth + Chunk bits; see ff_multiply_lut.
module ff_partial_product #(
  parameter int unsigned InputWidth = 1,
  parameter bit InputSigned = 1'b0,
  parameter int unsigned Chunk = 2,
  parameter bit ChunkSigned = 1'b0
) (
  input  logic [      InputWidth-1:0] input_i,
  input  logic [      InputWidth+1:0] triple_i,
  input  logic [        InputWidth:0] negative_i,
  input  logic [           Chunk-1:0] chunk_i,
  output logic [InputWidth+Chunk-1:0] product_o
);

  localparam int unsigned Width = InputWidth + Chunk;

  if (InputWidth == 1 && !InputSigned) begin : gen_gate
    logic unused;
    assign unused    = ^{triple_i, negative_i};
    assign product_o = {ChunkSigned & chunk_i[Chunk-1] & input_i[0], input_i[0] ? chunk_i : Chunk'(0)};
  end else if (Width <= 6) begin : gen_table
    logic unused;
    assign unused = ^{triple_i, negative_i};
    ff_product_table #(
      .LeftWidth  (InputWidth),
      .LeftSigned (InputSigned),
      .RightWidth (Chunk),
      .RightSigned(ChunkSigned)
    ) u_table (
      .left_i   (input_i),
      .right_i  (chunk_i),
      .product_o(product_o)
    );
  end else begin : gen_multiples
    // Chunk is 2: 0, 1, 2, 3 times the input, or 0, 1, -2, -1 times.
    logic [Width-1:0] once, negative;
    assign once     = InputSigned ? Width'($signed(input_i)) : Width'(input_i);
    assign negative = Width'($signed(negative_i));
    always_comb begin
      unique case (chunk_i)
        2'd0: product_o = '0;
        2'd1: product_o = once;
        2'd2: product_o = ChunkSigned ? negative << 1 : once << 1;
        default: product_o = ChunkSigned ? negative : triple_i;
      endcase
    end
  end

endmodule
