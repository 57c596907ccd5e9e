// `clip(round(((x << LeftShift) + bias) / 2**RightShift), Low, High)` on `Lanes` elements a cycle. Latency 2.
//
// Beat n has word `n % Folds` of `File`, lane p's bias in bits [p * BiasWidth +: BiasWidth]; with one fold it is
// `Value`. `SumWidth` bits (signed) hold the sum and its rounding carry. `Offset` belongs to `Rounding`, see ff_round_shift.
module ff_requantize_shift #(
  parameter int Lanes = 1,
  parameter int Folds = 1,
  parameter int InputWidth = 1,
  parameter bit InputSigned = 1'b0,
  parameter int BiasWidth = 1,
  parameter bit BiasSigned = 1'b0,
  parameter int SumWidth = 2,
  parameter int OutputWidth = 1,
  parameter int LeftShift = 0,
  parameter int RightShift = 0,
  parameter int Rounding = 0,
  parameter logic signed [63:0] Offset = 0,
  parameter logic signed [63:0] Low = 0,
  parameter logic signed [63:0] High = 1,
  parameter bit Block = 1'b0,
  parameter File = "",
  parameter logic [Lanes*BiasWidth-1:0] Value = '0
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

  logic enable;
  logic [Lanes*BiasWidth-1:0] biases;
  logic [Lanes*OutputWidth-1:0] results;

  assign in_ready_o = enable;

  ff_fold_rom #(
    .Width(Lanes * BiasWidth),
    .Folds(Folds),
    .File (File),
    .Value(Value),
    .Block(Block)
  ) u_bias (
    .clk_i,
    .rst_ni,
    .step_i(enable & in_valid_i),
    .word_o(biases)
  );

  for (genvar p = 0; p < Lanes; p++) begin : gen_lane
    logic [InputWidth-1:0] x;
    logic [BiasWidth-1:0] bias;
    logic signed [SumWidth-1:0] x_extended, bias_extended, sum_q, rounded;
    assign x             = in_data_i[p*InputWidth+:InputWidth];
    assign bias          = biases[p*BiasWidth+:BiasWidth];
    assign x_extended    = InputSigned ? SumWidth'($signed(x)) : SumWidth'(x);
    assign bias_extended = BiasSigned ? SumWidth'($signed(bias)) : SumWidth'(bias);

    always_ff @(posedge clk_i) begin
      if (enable) sum_q <= (x_extended <<< LeftShift) + (bias_extended + SumWidth'(Offset));
    end

    ff_round_shift #(
      .Width   (SumWidth),
      .Shift   (RightShift),
      .Rounding(Rounding)
    ) u_round (
      .value_i(sum_q),
      .value_o(rounded)
    );

    ff_clip #(
      .InputWidth (SumWidth),
      .OutputWidth(OutputWidth),
      .Low        (Low),
      .High       (High)
    ) u_clip (
      .value_i(rounded),
      .value_o(results[p*OutputWidth+:OutputWidth])
    );
  end

  ff_pipeline #(
    .Width(Lanes * OutputWidth),
    .Depth(2)
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
