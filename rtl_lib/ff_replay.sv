// Control and input buffer of a folded matrix-vector unit.
//
// A vector arrives as `Beats` beats. They are used as they arrive, and `Folds - 1` times more from a buffer; then the next
// vector is read at once. In each cycle with `step_o`, `beat_o` is used; `last_o` marks the vector's last beat of
// each fold. `ready_i` is 1 if the pipeline behind takes a step.
module ff_replay #(
  parameter int Width = 1,
  parameter int Beats = 1,
  parameter int Folds = 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [Width-1:0] in_data_i,
  input  logic             in_valid_i,
  output logic             in_ready_o,
  input  logic             ready_i,
  output logic             step_o,
  output logic [Width-1:0] beat_o,
  output logic             last_o
);

  localparam int BeatWidth = (Beats > 1) ? $clog2(Beats) : 1;

  logic [BeatWidth-1:0] beat;
  logic                 replay;

  assign step_o     = ready_i & (replay | in_valid_i);
  assign in_ready_o = ready_i & ~replay;
  assign last_o     = beat == BeatWidth'(Beats - 1);

  if (Beats == 1) begin : gen_single_beat
    assign beat = '0;
  end else begin : gen_beats
    logic [BeatWidth-1:0] beat_q;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) beat_q <= '0;
      else if (step_o) beat_q <= last_o ? '0 : beat_q + 1'b1;
    end
    assign beat = beat_q;
  end

  if (Folds == 1) begin : gen_single_fold
    logic unused;
    assign unused = clk_i & rst_ni;
    assign replay = 1'b0;
    assign beat_o = in_data_i;
  end else begin : gen_folds
    localparam int FoldWidth = $clog2(Folds);
    logic [FoldWidth-1:0] fold_q, fold_d;
    logic [Width-1:0] stored;
    logic replay_q;

    assign fold_d = (fold_q == FoldWidth'(Folds - 1)) ? '0 : fold_q + 1'b1;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        fold_q   <= '0;
        replay_q <= 1'b0;
      end else if (step_o && last_o) begin
        fold_q   <= fold_d;
        replay_q <= fold_d != '0;
      end
    end
    assign replay = replay_q;

    if (Beats == 1) begin : gen_register
      logic [Width-1:0] buffer_q;
      always_ff @(posedge clk_i) if (!replay) buffer_q <= in_data_i;
      assign stored = buffer_q;
    end else begin : gen_memory
      (* ram_style = "distributed" *) logic [Width-1:0] buffer[Beats];
      always_ff @(posedge clk_i) if (step_o && !replay) buffer[beat] <= in_data_i;
      assign stored = buffer[beat];
    end
    assign beat_o = replay ? stored : in_data_i;
  end

endmodule
