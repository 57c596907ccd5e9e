// Sum of `Operands` numbers, with a register (enabled by `enable_i`) behind every second level of adders.
//
// `Offset` counts the levels of logic since the register before the operands, `Total` those up to the register behind
// the sum: a register stands behind each even level below `Total`. Sums grow a bit a level up to `OutputWidth` bits,
// and are correct modulo 2**OutputWidth.
module ff_adder_tree #(
  parameter int unsigned Operands = 2,
  parameter int unsigned Width = 1,
  parameter bit Signed = 1'b0,
  parameter int unsigned OutputWidth = 2,
  parameter int unsigned Offset = 0,
  parameter int unsigned Total = 1
) (
  input  logic                      clk_i,
  input  logic                      enable_i,
  input  logic [Operands*Width-1:0] operands_i,
  output logic [   OutputWidth-1:0] sum_o
);

  localparam int unsigned Levels = $clog2(Operands);

  for (genvar level = 0; level <= Levels; level++) begin : gen_level
    localparam int unsigned Count = (Operands + (1 << level) - 1) >> level;
    localparam int unsigned Grown = Width + level;
    localparam int unsigned Bits = (Grown < OutputWidth) ? Grown : OutputWidth;
    localparam int unsigned Position = Offset + level;
    localparam bit Register = (Position > 0) && (Position < Total) && (Position % 2 == 0);

    logic [Count*Bits-1:0] sums, value;

    if (level == 0) begin : gen_operands
      for (genvar i = 0; i < Count; i++) begin : gen_operand
        assign sums[i*Bits+:Bits] = operands_i[i*Width+:Bits];
      end
    end else begin : gen_sums
      localparam int unsigned Below = (Operands + (1 << (level - 1)) - 1) >> (level - 1);
      localparam int unsigned BitsBelow = (Grown - 1 < OutputWidth) ? Grown - 1 : OutputWidth;
      for (genvar i = 0; i < Count; i++) begin : gen_sum
        logic [BitsBelow-1:0] left;
        logic [Bits-1:0] left_extended;
        assign left          = gen_level[level-1].value[2*i*BitsBelow+:BitsBelow];
        assign left_extended = Signed ? Bits'($signed(left)) : Bits'(left);
        if (2 * i + 1 < Below) begin : gen_add
          logic [BitsBelow-1:0] right;
          logic [Bits-1:0] right_extended;
          assign right                = gen_level[level-1].value[(2*i+1)*BitsBelow+:BitsBelow];
          assign right_extended       = Signed ? Bits'($signed(right)) : Bits'(right);
          assign sums[i*Bits+:Bits]   = left_extended + right_extended;
        end else begin : gen_pass
          assign sums[i*Bits+:Bits] = left_extended;
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

  localparam int unsigned SumBits = (Width + Levels < OutputWidth) ? Width + Levels : OutputWidth;
  logic [SumBits-1:0] sum;
  assign sum   = gen_level[Levels].value;
  assign sum_o = Signed ? OutputWidth'($signed(sum)) : OutputWidth'(sum);

endmodule
