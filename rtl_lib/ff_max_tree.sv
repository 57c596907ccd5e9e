// Largest of `Operands` numbers, with a register (enabled by `enable_i`) behind every second level of comparators but the
// last: `largest_o` comes in front of a register.
module ff_max_tree #(
  parameter int Operands = 2,
  parameter int Width = 1,
  parameter bit Signed = 1'b0
) (
  input  logic                      clk_i,
  input  logic                      enable_i,
  input  logic [Operands*Width-1:0] operands_i,
  output logic [         Width-1:0] largest_o
);

  localparam int Levels = $clog2(Operands);

  for (genvar level = 0; level <= Levels; level++) begin : gen_level
    localparam int Count = (Operands + (1 << level) - 1) >> level;
    localparam bit Register = (level > 0) && (level < Levels) && (level % 2 == 0);

    logic [Count*Width-1:0] largest, value;

    // Loops instead of generated instances keep simulators quick.
    if (level == 0) begin : gen_operands
      assign largest = operands_i;
    end else begin : gen_comparators
      localparam int Below = (Operands + (1 << (level - 1)) - 1) >> (level - 1);
      always_comb begin
        logic [Width-1:0] left, right;
        logic less;
        for (int i = 0; i < Count; i++) begin
          left  = gen_level[level-1].value[2*i*Width+:Width];
          right = left;
          if (2 * i + 1 < Below) right = gen_level[level-1].value[(2*i+1)*Width+:Width];
          less = Signed ? ($signed(left) < $signed(right)) : (left < right);
          largest[i*Width+:Width] = less ? right : left;
        end
      end
    end

    ff_delay #(
      .Width(Count * Width),
      .Depth(Register ? 1 : 0)
    ) u_register (
      .clk_i,
      .enable_i,
      .data_i(largest),
      .data_o(value)
    );
  end

  assign largest_o = gen_level[Levels].value;

endmodule
