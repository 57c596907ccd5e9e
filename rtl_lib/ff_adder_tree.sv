// Sum of `Operands` numbers, with a register (enabled by `enable_i`) behind every second level of adders.
//
// `Offset` counts the levels of logic since the register before the operands, `Total` those up to the register behind
// the sum: a register stands behind each even level below `Total`. Sums grow a bit a level up to `OutputWidth` bits,
// and are correct modulo 2**OutputWidth.
module ff_adder_tree #(
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
  output logic [   OutputWidth-1:0] sum_o
);

  localparam int Levels = $clog2(Operands);

  for (genvar level = 0; level <= Levels; level++) begin : gen_level
    localparam int Count = (Operands + (1 << level) - 1) >> level;
    localparam int Grown = Width + level;
    localparam int Bits = (Grown < OutputWidth) ? Grown : OutputWidth;
    localparam int Position = Offset + level;
    localparam bit Register = (Position > 0) && (Position < Total) && (Position % 2 == 0);

    logic [Count*Bits-1:0] sums, value;

    // Loops instead of generated instances keep simulators quick.
    if (level == 0) begin : gen_operands
      always_comb begin
        for (int i = 0; i < Count; i++) sums[i*Bits+:Bits] = operands_i[i*Width+:Bits];
      end
    end else begin : gen_sums
      localparam int Below = (Operands + (1 << (level - 1)) - 1) >> (level - 1);
      localparam int BitsBelow = (Grown - 1 < OutputWidth) ? Grown - 1 : OutputWidth;
      always_comb begin
        logic [BitsBelow-1:0] left, right;
        for (int i = 0; i < Count; i++) begin
          left  = gen_level[level-1].value[2*i*BitsBelow+:BitsBelow];
          right = '0;
          if (2 * i + 1 < Below) right = gen_level[level-1].value[(2*i+1)*BitsBelow+:BitsBelow];
          sums[i*Bits+:Bits] = Signed ? Bits'($signed(left)) + Bits'($signed(right)) : Bits'(left) + Bits'(right);
        end
      end
    end

    ff_delay #(
      .Width(Count * Bits),
      .Depth(Register ? 1 : 0)
    ) u_register (
      .clk_i,
      .enable_i,
      .data_i(sums),
      .data_o(value)
    );
  end

  localparam int SumBits = (Width + Levels < OutputWidth) ? Width + Levels : OutputWidth;
  logic [SumBits-1:0] sum;
  assign sum   = gen_level[Levels].value;
  assign sum_o = Signed ? OutputWidth'($signed(sum)) : OutputWidth'(sum);

endmodule
