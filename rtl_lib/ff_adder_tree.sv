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
  input  logic [Operands*Width-1:0] operands_i,
  output logic [   OutputWidth-1:0] sum_o
);

  localparam bit Register = (Offset > 0) && (Offset < Total) && (Offset % 2 == 0);
  logic [Operands*Width-1:0] operands;
  logic unused;

  ff_delay #(
    .Width(Operands * Width),
    .Depth(Register ? 1 : 0)
  ) u_register (
    .clk_i,
    .enable_i,
    .data_i(operands_i),
    .data_o(operands)
  );

  ff_carry_tree #(
    .Operands   (Operands),
    .Width      (Width),
    .Signed     (Signed),
    .OutputWidth(OutputWidth),
    .Offset     (Offset),
    .Total      (Total)
  ) u_tree (
    .clk_i,
    .enable_i,
    .operands_i(operands),
    .carries_i ({Operands{1'b0}}),
    .sum_o,
    .carry_o   (unused)
  );

endmodule
