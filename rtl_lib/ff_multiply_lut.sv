// Product of two integers from LUTs alone, correct modulo 2**Width: a sum of partial products, each of one chunk of
// `Chunk` bits of the weight with the whole input.
//
// If input and chunk have at most 6 bits together, each bit of a partial product is one LUT6. Otherwise `Chunk` is 2 and
// a partial product picks one of the input's multiples; `triple_i` (3 * input) and `negative_i` (-input) come from
// outside because all products of an input share them.
module ff_multiply_lut #(
  parameter int unsigned InputWidth = 1,
  parameter bit InputSigned = 1'b0,
  parameter int unsigned WeightWidth = 1,
  parameter bit WeightSigned = 1'b0,
  parameter int unsigned Chunk = 2,
  parameter int unsigned Width = 2
) (
  input  logic [ InputWidth-1:0] input_i,
  input  logic [ InputWidth+1:0] triple_i,
  input  logic [   InputWidth:0] negative_i,
  input  logic [WeightWidth-1:0] weight_i,
  output logic [      Width-1:0] product_o
);

  localparam int unsigned Chunks = (WeightWidth + Chunk - 1) / Chunk;
  localparam int unsigned Levels = $clog2(Chunks);
  localparam int unsigned Partial = InputWidth + Chunk;

  logic [Chunks*Chunk-1:0] weight;
  assign weight = WeightSigned ? (Chunks * Chunk)'($signed(weight_i)) : (Chunks * Chunk)'(weight_i);

  // Level l holds sums over 2**l chunks; only the last of them contains the sign of the weight.
  for (genvar level = 0; level <= Levels; level++) begin : gen_level
    localparam int unsigned Count = (Chunks + (1 << level) - 1) >> level;
    localparam int unsigned Bits = InputWidth + Chunk * (1 << level);
    logic [Count*Bits-1:0] value;

    for (genvar i = 0; i < Count; i++) begin : gen_element
      localparam bit Top = WeightSigned && (i == Count - 1);
      if (level == 0) begin : gen_partial
        ff_partial_product #(
          .InputWidth (InputWidth),
          .InputSigned(InputSigned),
          .Chunk      (Chunk),
          .ChunkSigned(Top)
        ) u_partial (
          .input_i,
          .triple_i,
          .negative_i,
          .chunk_i  (weight[i*Chunk+:Chunk]),
          .product_o(value[i*Partial+:Partial])
        );
      end else begin : gen_sum
        localparam int unsigned Below = (Chunks + (1 << (level - 1)) - 1) >> (level - 1);
        localparam int unsigned BitsBelow = InputWidth + Chunk * (1 << (level - 1));
        localparam bit Alone = 2 * i + 1 == Below;
        localparam bit LeftSigned = InputSigned | (Top & Alone);
        logic [BitsBelow-1:0] left;
        logic [Bits-1:0] left_extended;
        assign left          = gen_level[level-1].value[2*i*BitsBelow+:BitsBelow];
        assign left_extended = LeftSigned ? Bits'($signed(left)) : Bits'(left);
        if (Alone) begin : gen_pass
          assign value[i*Bits+:Bits] = left_extended;
        end else begin : gen_add
          logic [BitsBelow-1:0] right;
          logic [Bits-1:0] right_extended;
          assign right = gen_level[level-1].value[(2*i+1)*BitsBelow+:BitsBelow];
          assign right_extended = (InputSigned | Top) ? Bits'($signed(right)) : Bits'(right);
          assign value[i*Bits+:Bits] = left_extended + (right_extended << (Chunk * (1 << (level - 1))));
        end
      end
    end
  end

  assign product_o = gen_level[Levels].value[Width-1:0];

`ifndef SYNTHESIS
  initial assert (Width <= InputWidth + WeightWidth) else $error("ff_multiply_lut: Width is too large");
`endif

endmodule
