// Sum of `Operands` numbers and as many single bits, which go into the adders' carries and so cost nothing.
//
// An adder of two operands takes the bit of the second; the bit of the first goes on, and the last one comes out: the sum
// is `sum_o` + `carry_o`. Registers, `Offset`, `Total`, `OutputWidth`: see ff_adder_tree; a register that belongs before
// the operands is outside.
module ff_carry_tree #(
  parameter int Operands = 2,
  parameter int Width = 1,
  parameter bit Signed = 1'b0,
  parameter int OutputWidth = 2,
  parameter int Offset = 0,
  parameter int Total = 1
) (
  input  logic                      clk_i,
  input  logic                      enable_i,
  // Bits above the sum's do not count.
  // verilator lint_off UNUSEDSIGNAL
  input  logic [Operands*Width-1:0] operands_i,
  // verilator lint_on UNUSEDSIGNAL
  input  logic [      Operands-1:0] carries_i,
  output logic [   OutputWidth-1:0] sum_o,
  output logic                      carry_o
);

  localparam int Levels = $clog2(Operands);

  for (genvar level = 0; level <= Levels; level++) begin : gen_level
    localparam int Count = (Operands + (1 << level) - 1) >> level;
    localparam int Grown = Width + level;
    localparam int Bits = (Grown < OutputWidth) ? Grown : OutputWidth;
    localparam int Position = Offset + level;
    localparam bit Register = (level > 0) && (Position < Total) && (Position % 2 == 0);

    logic [Count*Bits-1:0] sums, value;
    logic [Count-1:0] carries, carry;

    // Loops instead of generated instances keep simulators quick.
    if (level == 0) begin : gen_operands
      always_comb begin
        for (int i = 0; i < Count; i++) sums[i*Bits+:Bits] = operands_i[i*Width+:Bits];
      end
      assign carries = carries_i;
    end else begin : gen_sums
      localparam int Below = (Operands + (1 << (level - 1)) - 1) >> (level - 1);
      localparam int BitsBelow = (Grown - 1 < OutputWidth) ? Grown - 1 : OutputWidth;
      // Yosys would replace wide sums of several adders by larger ones without carry chains.
`ifdef YOSYS
      (* keep = Width > 2 *)
`endif
      logic [Count*Bits-1:0] added;
      assign sums = added;
      always_comb begin
        logic [BitsBelow-1:0] left, right;
        logic bit_in;
        for (int i = 0; i < Count; i++) begin
          left   = gen_level[level-1].value[2*i*BitsBelow+:BitsBelow];
          right  = '0;
          bit_in = 1'b0;
          if (2 * i + 1 < Below) begin
            right  = gen_level[level-1].value[(2*i+1)*BitsBelow+:BitsBelow];
            bit_in = gen_level[level-1].carry[2*i+1];
          end
          added[i*Bits+:Bits] = (Signed ? Bits'($signed(left)) + Bits'($signed(right)) : Bits'(left) + Bits'(right))
                                + Bits'(bit_in);
          carries[i] = gen_level[level-1].carry[2*i];
        end
      end
    end

    ff_delay #(
      .Width(Count * (Bits + 1)),
      .Depth(Register ? 1 : 0)
    ) u_register (
      .clk_i,
      .enable_i,
      .data_i({carries, sums}),
      .data_o({carry, value})
    );
  end

  localparam int SumBits = (Width + Levels < OutputWidth) ? Width + Levels : OutputWidth;
  logic [SumBits-1:0] sum;
  assign sum     = gen_level[Levels].value;
  assign sum_o   = Signed ? OutputWidth'($signed(sum)) : OutputWidth'(sum);
  assign carry_o = gen_level[Levels].carry;

endmodule
