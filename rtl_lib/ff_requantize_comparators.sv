// `Base` + the number of thresholds that an element has reached (or not reached, in decreasing channels), all thresholds of a
// channel compared at once, `Lanes` elements a cycle. Latency 1 up to three thresholds, else 2.
//
// Beat n has word `n % Folds` of `File` (lane 0's `Levels` ascending thresholds, then lane 1's, ...) and of
// `DecreasingFile` (a bit a lane); a parameter with one fold is constant. `Width` bits hold every input and threshold.
module ff_requantize_comparators #(
  parameter int Lanes = 1,
  parameter int Levels = 1,
  parameter int InputWidth = 1,
  parameter bit InputSigned = 1'b0,
  parameter int Width = 1,
  parameter bit Signed = 1'b0,
  parameter int Base = 0,
  parameter int OutputWidth = 1,
  parameter int Folds = 1,
  parameter bit Block = 1'b0,
  parameter File = "",
  parameter logic [Lanes*Levels*Width-1:0] Value = '0,
  parameter int DecreasingFolds = 1,
  parameter bit DecreasingBlock = 1'b0,
  parameter DecreasingFile = "",
  parameter logic [Lanes-1:0] DecreasingValue = '0
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic [ Lanes*InputWidth-1:0] in_data_i,
  input  logic                         in_valid_i,
  output logic                         in_ready_o,
  output logic [Lanes*OutputWidth-1:0] out_data_o,
  output logic                         out_valid_o,
  input  logic                         out_ready_i
);

  localparam int Depth = (Levels > 3) ? 2 : 1;
  localparam int CountWidth = $clog2(Levels + 1);

  logic enable, step;
  logic [Lanes*Levels*Width-1:0] thresholds;
  logic [Lanes-1:0] decreasing_early, decreasing;
  logic [Lanes*Levels-1:0] reached_early, reached;
  logic [Lanes*OutputWidth-1:0] results;

  assign in_ready_o = enable;
  assign step       = enable & in_valid_i;

  ff_fold_rom #(
    .Width(Lanes * Levels * Width),
    .Folds(Folds),
    .File (File),
    .Value(Value),
    .Block(Block)
  ) u_thresholds (
    .clk_i,
    .rst_ni,
    .step_i(step),
    .word_o(thresholds)
  );

  ff_fold_rom #(
    .Width(Lanes),
    .Folds(DecreasingFolds),
    .File (DecreasingFile),
    .Value(DecreasingValue),
    .Block(DecreasingBlock)
  ) u_decreasing (
    .clk_i,
    .rst_ni,
    .step_i(step),
    .word_o(decreasing_early)
  );

  for (genvar p = 0; p < Lanes; p++) begin : gen_compare
    logic [InputWidth-1:0] x;
    logic [Width-1:0] x_extended;
    assign x          = in_data_i[p*InputWidth+:InputWidth];
    assign x_extended = InputSigned ? Width'($signed(x)) : Width'(x);
    for (genvar i = 0; i < Levels; i++) begin : gen_level
      logic [Width-1:0] threshold;
      assign threshold = thresholds[(p*Levels+i)*Width+:Width];
      assign reached_early[p*Levels+i] = Signed ? $signed(x_extended) >= $signed(threshold) : x_extended >= threshold;
    end
  end

  ff_delay #(
    .Width(Lanes * Levels),
    .Depth(Depth - 1)
  ) u_reached (
    .clk_i,
    .enable_i(enable),
    .data_i  (reached_early),
    .data_o  (reached)
  );

  ff_delay #(
    .Width(Lanes),
    .Depth((DecreasingFolds == 1) ? 0 : Depth - 1)
  ) u_decreasing_delay (
    .clk_i,
    .enable_i(enable),
    .data_i  (decreasing_early),
    .data_o  (decreasing)
  );

  for (genvar p = 0; p < Lanes; p++) begin : gen_code
    logic [CountWidth-1:0] count;

    // The thresholds ascend, so the bits are a thermometer, whose count has in bit k the parity of every 2**k-th of them.
    for (genvar k = 0; k < CountWidth; k++) begin : gen_bit
      logic [(Levels>>k)-1:0] marks;
      for (genvar m = 0; m < (Levels >> k); m++) begin : gen_mark
        assign marks[m] = reached[p*Levels+((m+1)<<k)-1];
      end
      assign count[k] = ^marks;
    end

    ff_threshold_code #(
      .CountWidth (CountWidth),
      .Levels     (Levels),
      .Base       (Base),
      .OutputWidth(OutputWidth)
    ) u_code (
      .count_i     (count),
      .decreasing_i(decreasing[p]),
      .code_o      (results[p*OutputWidth+:OutputWidth])
    );
  end

  ff_pipeline #(
    .Width(Lanes * OutputWidth),
    .Depth(Depth)
  ) u_pipeline (
    .clk_i,
    .rst_ni,
    .valid_i (in_valid_i),
    .enable_o(enable),
    .result_i(results),
    .out_data_o,
    .out_valid_o,
    .out_ready_i
  );

endmodule
