// Counts steps modulo `Folds`, by `Increment` each: `fold_o` belongs to the coming step, `next_o` to the cycle after.
module ff_fold_counter #(
  parameter int Folds = 2,
  parameter int Increment = 1,
  localparam int Last = (Folds - 1) * Increment,
  localparam int Width = (Last > 0) ? $clog2(Last + 1) : 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             step_i,
  output logic [Width-1:0] fold_o,
  output logic [Width-1:0] next_o
);

  logic [Width-1:0] fold_q, fold_d;

  always_comb begin
    fold_d = fold_q;
    if (step_i) fold_d = (fold_q == Width'(Last)) ? '0 : fold_q + Width'(Increment);
    if (!rst_ni) fold_d = '0;
  end

  always_ff @(posedge clk_i) fold_q <= fold_d;

  assign fold_o = fold_q;
  assign next_o = fold_d;

endmodule
