// `clip((x * multiplier + bias) >> RightShift, Low, High)` on `Lanes` elements a cycle. Latency 4.
//
// Beat n has word `n % MultiplierFolds` of `MultiplierFile`, lane 0 in the least significant bits, and likewise of
// `BiasFile`; a parameter with one fold is constant (`MultiplierValue`, `BiasValue`). `SumWidth` bits (signed) hold the sum.
// Registers stand where a DSP block has them. With `Fabric` products are made of LUTs; with `Digits` > 0 of shifts, and then
// multipliers are stored as ff_shift_row wants them, which explains `FineBits`, `CoarseBits` and `Shifts`.
module ff_requantize_multiply_shift #(
  parameter int Lanes = 1,
  parameter int InputWidth = 1,
  parameter bit InputSigned = 1'b0,
  parameter int MultiplierWidth = 1,
  parameter bit MultiplierSigned = 1'b0,
  parameter int BiasWidth = 1,
  parameter bit BiasSigned = 1'b0,
  parameter int SumWidth = 2,
  parameter int OutputWidth = 1,
  parameter int RightShift = 0,
  parameter bit Fabric = 1'b0,
  parameter int Digits = 0,
  parameter int FineBits = 1,
  parameter int CoarseBits = 0,
  parameter logic [64*((Digits > 0) ? Digits : 1)-1:0] Shifts = '0,
  parameter logic signed [63:0] Low = 0,
  parameter logic signed [63:0] High = 1,
  parameter int MultiplierFolds = 1,
  parameter bit MultiplierBlock = 1'b0,
  parameter MultiplierFile = "",
  parameter logic [Lanes*MultiplierWidth-1:0] MultiplierValue = '0,
  parameter int BiasFolds = 1,
  parameter bit BiasBlock = 1'b0,
  parameter BiasFile = "",
  parameter logic [Lanes*BiasWidth-1:0] BiasValue = '0
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

  logic enable, step;
  logic [Lanes*MultiplierWidth-1:0] multipliers;
  logic [Lanes*BiasWidth-1:0] biases_early, biases;
  logic [Lanes*OutputWidth-1:0] results;

  assign in_ready_o = enable;
  assign step       = enable & in_valid_i;

  ff_fold_rom #(
    .Width(Lanes * MultiplierWidth),
    .Folds(MultiplierFolds),
    .File (MultiplierFile),
    .Value(MultiplierValue),
    .Block(MultiplierBlock)
  ) u_multiplier (
    .clk_i,
    .rst_ni,
    .step_i(step),
    .word_o(multipliers)
  );

  ff_fold_rom #(
    .Width(Lanes * BiasWidth),
    .Folds(BiasFolds),
    .File (BiasFile),
    .Value(BiasValue),
    .Block(BiasBlock)
  ) u_bias (
    .clk_i,
    .rst_ni,
    .step_i(step),
    .word_o(biases_early)
  );

  // The bias meets the product two registers later.
  ff_delay #(
    .Width(Lanes * BiasWidth),
    .Depth((BiasFolds == 1) ? 0 : 2)
  ) u_bias_delay (
    .clk_i,
    .enable_i(enable),
    .data_i  (biases_early),
    .data_o  (biases)
  );

  for (genvar p = 0; p < Lanes; p++) begin : gen_lane
    logic [BiasWidth-1:0] bias;
    // the product is `product_q` + `carry_q`
    logic signed [SumWidth-1:0] product_q, bias_extended, sum_q;
    logic carry_q;
    assign bias          = biases[p*BiasWidth+:BiasWidth];
    assign bias_extended = BiasSigned ? SumWidth'($signed(bias)) : SumWidth'(bias);

    ff_scaled #(
      .InputWidth      (InputWidth),
      .InputSigned     (InputSigned),
      .MultiplierWidth (MultiplierWidth),
      .MultiplierSigned(MultiplierSigned),
      .Fabric          (Fabric),
      .Digits          (Digits),
      .FineBits        (FineBits),
      .CoarseBits      (CoarseBits),
      .Shifts          (Shifts),
      .Width           (SumWidth)
    ) u_scaled (
      .clk_i,
      .enable_i    (enable),
      .value_i     (in_data_i[p*InputWidth+:InputWidth]),
      .multiplier_i(multipliers[p*MultiplierWidth+:MultiplierWidth]),
      .product_o   (product_q),
      .carry_o     (carry_q)
    );

    always_ff @(posedge clk_i) begin
      if (enable) sum_q <= product_q + bias_extended + SumWidth'(carry_q);
    end

    ff_clip #(
      .InputWidth (SumWidth),
      .OutputWidth(OutputWidth),
      .Low        (Low),
      .High       (High)
    ) u_clip (
      .value_i(sum_q >>> RightShift),
      .value_o(results[p*OutputWidth+:OutputWidth])
    );
  end

  ff_pipeline #(
    .Width(Lanes * OutputWidth),
    .Depth(4)
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
