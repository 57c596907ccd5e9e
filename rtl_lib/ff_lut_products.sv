// Products of `Simd` pairs of integers from LUTs alone, correct modulo 2**Width: each a sum of partial products of one
// chunk of `Chunk` bits of the weight with the whole input.
//
// If input and chunk have at most 6 bits together, each bit of a partial product is one LUT6. Otherwise `Chunk` is 2 and
// a partial product picks one of the input's multiples; `triples_i` (3 * input) and `negatives_i` (-input) come from
// outside because all products of an input share them. Loops instead of instances keep simulators quick.
module ff_lut_products #(
  parameter int Simd = 1,
  parameter int InputWidth = 1,
  parameter bit InputSigned = 1'b0,
  parameter int WeightWidth = 1,
  parameter bit WeightSigned = 1'b0,
  parameter int Chunk = 2,
  parameter int Width = 2
) (
  input  logic [    Simd*InputWidth-1:0] inputs_i,
  // Narrow inputs need no multiples.
  // verilator lint_off UNUSEDSIGNAL
  input  logic [Simd*(InputWidth+2)-1:0] triples_i,
  input  logic [Simd*(InputWidth+1)-1:0] negatives_i,
  // verilator lint_on UNUSEDSIGNAL
  input  logic [   Simd*WeightWidth-1:0] weights_i,
  output logic [         Simd*Width-1:0] products_o
);

  localparam int Chunks = (WeightWidth + Chunk - 1) / Chunk;
  localparam int Levels = $clog2(Chunks);
  localparam int Partial = InputWidth + Chunk;
  localparam bit Gate = InputWidth == 1 && !InputSigned;
  localparam bit Table = !Gate && Partial <= 6;
  localparam int Entries = Table ? 1 << Partial : 1;

  // Every product of an input and a chunk, at index {input, chunk}.
  function automatic logic [Entries*Partial-1:0] all_products(input bit chunk_signed);
    int left, right;
    all_products = '0;
    for (int i = 0; i < Entries; i++) begin
      left  = i / (1 << Chunk);
      right = i % (1 << Chunk);
      if (InputSigned && left >= (1 << (InputWidth - 1))) left = left - (1 << InputWidth);
      if (chunk_signed && right >= (1 << (Chunk - 1))) right = right - (1 << Chunk);
      all_products[i*Partial+:Partial] = Partial'(left * right);
    end
  endfunction

  localparam logic [Entries*Partial-1:0] Unsigned = all_products(1'b0);
  localparam logic [Entries*Partial-1:0] Signed = all_products(1'b1);

  // Level l holds sums over 2**l chunks; only the last of them contains the sign of the weight.
  for (genvar level = 0; level <= Levels; level++) begin : gen_level
    localparam int Count = (Chunks + (1 << level) - 1) >> level;
    localparam int Bits = InputWidth + Chunk * (1 << level);
    logic [Simd*Count*Bits-1:0] value;

    if (level > 0) begin : gen_sums
      localparam int Below = (Chunks + (1 << (level - 1)) - 1) >> (level - 1);
      localparam int BitsBelow = InputWidth + Chunk * (1 << (level - 1));
      always_comb begin
        logic [BitsBelow-1:0] left, right;
        logic [Bits-1:0] sum;
        for (int s = 0; s < Simd; s++) begin
          for (int i = 0; i < Count; i++) begin
            left = gen_level[level-1].value[(s*Below+2*i)*BitsBelow+:BitsBelow];
            sum  = (InputSigned || (WeightSigned && 2 * i + 1 == Below)) ? Bits'($signed(left)) : Bits'(left);
            if (2 * i + 1 < Below) begin
              right = gen_level[level-1].value[(s*Below+2*i+1)*BitsBelow+:BitsBelow];
              sum   = sum + (((InputSigned || (WeightSigned && i == Count - 1)) ? Bits'($signed(right)) : Bits'(right))
                             << (Chunk * (1 << (level - 1))));
            end
            value[(s*Count+i)*Bits+:Bits] = sum;
          end
        end
      end
    end else if (Gate) begin : gen_gates
      always_comb begin
        logic [Chunks*Chunk-1:0] weight;
        for (int s = 0; s < Simd; s++) begin
          weight = WeightSigned ? (Chunks * Chunk)'($signed(weights_i[s*WeightWidth+:WeightWidth]))
                                : (Chunks * Chunk)'(weights_i[s*WeightWidth+:WeightWidth]);
          if (!inputs_i[s]) weight = '0;
          for (int i = 0; i < Chunks; i++) begin
            value[(s*Chunks+i)*Partial+:Partial] = {
              (WeightSigned && i == Chunks - 1) ? weight[i*Chunk+Chunk-1] : 1'b0, weight[i*Chunk+:Chunk]
            };
          end
        end
      end
    end else if (Table) begin : gen_tables
      always_comb begin
        logic [Chunks*Chunk-1:0] weight;
        logic [Partial-1:0] index;
        for (int s = 0; s < Simd; s++) begin
          weight = WeightSigned ? (Chunks * Chunk)'($signed(weights_i[s*WeightWidth+:WeightWidth]))
                                : (Chunks * Chunk)'(weights_i[s*WeightWidth+:WeightWidth]);
          for (int i = 0; i < Chunks; i++) begin
            index = {inputs_i[s*InputWidth+:InputWidth], weight[i*Chunk+:Chunk]};
            value[(s*Chunks+i)*Partial+:Partial] = (WeightSigned && i == Chunks - 1) ? Signed[index*Partial+:Partial]
                                                                                     : Unsigned[index*Partial+:Partial];
          end
        end
      end
    end else begin : gen_multiples
      always_comb begin
        logic [Chunks*Chunk-1:0] weight;
        logic [Partial-1:0] once, triple, negative;
        logic top;
        for (int s = 0; s < Simd; s++) begin
          weight   = WeightSigned ? (Chunks * Chunk)'($signed(weights_i[s*WeightWidth+:WeightWidth]))
                                  : (Chunks * Chunk)'(weights_i[s*WeightWidth+:WeightWidth]);
          once     = InputSigned ? Partial'($signed(inputs_i[s*InputWidth+:InputWidth]))
                                 : Partial'(inputs_i[s*InputWidth+:InputWidth]);
          triple   = triples_i[s*(InputWidth+2)+:InputWidth+2];
          negative = Partial'($signed(negatives_i[s*(InputWidth+1)+:InputWidth+1]));
          for (int i = 0; i < Chunks; i++) begin
            top = WeightSigned && i == Chunks - 1;
            // 0, 1, 2, 3 times the input, or 0, 1, -2, -1 times.
            case (weight[i*Chunk+:2])
              2'd0: value[(s*Chunks+i)*Partial+:Partial] = '0;
              2'd1: value[(s*Chunks+i)*Partial+:Partial] = once;
              2'd2: value[(s*Chunks+i)*Partial+:Partial] = top ? negative << 1 : once << 1;
              default: value[(s*Chunks+i)*Partial+:Partial] = top ? negative : triple;
            endcase
          end
        end
      end
    end
  end

  // The last chunk may have more bits than the weight, and the products fewer than their factors.
  localparam int Full = InputWidth + Chunk * (1 << Levels);
  always_comb begin
    for (int s = 0; s < Simd; s++) products_o[s*Width+:Width] = gen_level[Levels].value[s*Full+:Width];
  end

`ifndef SYNTHESIS
  initial assert (Width <= InputWidth + WeightWidth) else $error("ff_lut_products: Width is too large");
`endif

endmodule
