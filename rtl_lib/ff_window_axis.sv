// Row or column under a tap, and whether it lies outside the data. `Width` bits hold every row or column and `Size`.
//
// It begins at `Start` and moves by one of `Steps` with each step; the last of them leads back to the start.
module ff_window_axis #(
  parameter int Width = 1,
  parameter int Size = 1,
  parameter int Start = 0,
  parameter logic [6*32-1:0] Steps = '0
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       step_i,
  input  logic [5:0] advance_i,
  output logic       outside_o
);

  logic [Width-1:0] element_q, move;

  ff_window_choice #(
    .Width  (Width),
    .Choices(6),
    .Values (Steps)
  ) u_move (
    .choice_i(advance_i),
    .value_o (move)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) element_q <= Width'(Start);
    else if (step_i) element_q <= element_q + move;
  end

  // Without its sign an element before the first one is a large number.
  assign outside_o = element_q >= Width'(Size);

endmodule
