// Depthwise convolution behind a parallel window: `Outputs` sums of `Taps` products for each of `Lanes` channels a cycle.
//
// Element t * Lanes + l of a beat is tap t of lane l. The beats belong to `Folds` groups of channels in turn; word g of `File`
// has the weights of group g, weight (l * Outputs + j) * Taps + t in bits [that * WeightWidth +: WeightWidth]; if there is
// but one word it is `Value`. Result l * Outputs + j of a beat is the sum of the products of lane l with weights j.
// Operands, products, their widths and the registers are those of ff_dense with `Taps` inputs in one beat; a lane's sums
// are its rows.
module ff_depthwise #(
  parameter int Lanes = 1,
  parameter int Taps = 1,
  parameter int Outputs = 1,
  parameter int Folds = 1,
  parameter int InputWidth = 1,
  parameter bit InputSigned = 1'b0,
  parameter bit InputBipolar = 1'b0,
  parameter int WeightWidth = 1,
  parameter bit WeightSigned = 1'b0,
  parameter bit WeightBipolar = 1'b0,
  parameter int ProductWidth = 2,
  parameter int ResultWidth = 2,
  parameter bit UseDsp = 1'b0,
  parameter bit Block = 1'b0,
  parameter bit Skid = 1'b1,
  parameter File = "",
  parameter logic [Lanes*Outputs*Taps*WeightWidth-1:0] Value = '0
) (
  input  logic                                 clk_i,
  input  logic                                 rst_ni,
  input  logic [    Taps*Lanes*InputWidth-1:0] in_data_i,
  input  logic                                 in_valid_i,
  output logic                                 in_ready_o,
  output logic [Lanes*Outputs*ResultWidth-1:0] out_data_o,
  output logic                                 out_valid_o,
  input  logic                                 out_ready_i
);

  localparam bit Xnor = InputBipolar && WeightBipolar;
  localparam bit Multiply = !InputBipolar && !WeightBipolar;
  localparam int Chunk = (InputWidth == 1 && !InputSigned) ? WeightWidth : (InputWidth <= 4) ? 6 - InputWidth : 2;
  localparam bit Multiples = Multiply && !UseDsp && InputWidth + Chunk > 6;
  localparam int ChunkLevels = $clog2((WeightWidth + Chunk - 1) / Chunk);
  localparam int Group = !Xnor ? 1 : (Folds == 1) ? 6 : 3;
  localparam int OperandWidth = Xnor ? ((Group == 6) ? 3 : 2) : ProductWidth;
  localparam bit OperandSigned = Multiply ? (InputSigned || WeightSigned) : !Xnor;
  localparam int ProductLevels = Multiply ? ((UseDsp || ChunkLevels > 1) ? 2 : ChunkLevels) :
                                          (InputBipolar && !WeightBipolar) ? 1 : 0;
  localparam int Levels = ProductLevels + $clog2((Taps + Group - 1) / Group) + (Xnor ? 1 : 0);
  localparam int Total = (Multiply && UseDsp && Levels < 3) ? 3 : (Levels < 1) ? 1 : Levels;
  localparam int Depth = 1 + (Total + 1) / 2;

  localparam int RowWidth = Taps * WeightWidth;

  logic enable, step;
  logic [Lanes*Outputs*RowWidth-1:0] weights;
  logic [Lanes*Outputs*ResultWidth-1:0] results;

  assign in_ready_o = enable;
  assign step       = enable & in_valid_i;

  ff_fold_rom #(
    .Width(Lanes * Outputs * RowWidth),
    .Folds(Folds),
    .File (File),
    .Value(Value),
    .Block(Block),
    .Late (1'b1)
  ) u_weights (
    .clk_i,
    .rst_ni,
    .step_i(step),
    .word_o(weights)
  );

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [Taps*InputWidth-1:0] inputs, inputs_q;
    logic [Taps*(InputWidth+2)-1:0] triples_q;
    logic [Taps*(InputWidth+1)-1:0] negatives_q;

    for (genvar t = 0; t < Taps; t++) begin : gen_tap
      assign inputs[t*InputWidth+:InputWidth] = in_data_i[(t*Lanes+l)*InputWidth+:InputWidth];
    end

    ff_multiples #(
      .Lanes    (Taps),
      .Width    (InputWidth),
      .Signed   (InputSigned),
      .Triples  (Multiples),
      .Negatives(Multiples || WeightBipolar)
    ) u_multiples (
      .clk_i,
      .enable_i   (enable),
      .inputs_i   (inputs),
      .inputs_o   (inputs_q),
      .triples_o  (triples_q),
      .negatives_o(negatives_q)
    );

    for (genvar j = 0; j < Outputs; j++) begin : gen_row
      localparam int Row = l * Outputs + j;
      logic [ResultWidth-1:0] sum;
      ff_dense_row #(
        .Simd         (Taps),
        .InputWidth   (InputWidth),
        .InputSigned  (InputSigned),
        .InputBipolar (InputBipolar),
        .WeightWidth  (WeightWidth),
        .WeightSigned (WeightSigned),
        .WeightBipolar(WeightBipolar),
        .UseDsp       (UseDsp),
        .Chunk        (Chunk),
        .Group        (Group),
        .OperandWidth (OperandWidth),
        .OperandSigned(OperandSigned),
        .SumWidth     (ResultWidth),
        .Offset       (ProductLevels),
        .Total        (Total)
      ) u_row (
        .clk_i,
        .enable_i   (enable),
        .inputs_i   (inputs_q),
        .triples_i  (triples_q),
        .negatives_i(negatives_q),
        .weights_i  (weights[Row*RowWidth+:RowWidth]),
        .sum_o      (sum)
      );
      // XNORs count the products +1: the sum is twice the count less the number of products.
      assign results[Row*ResultWidth+:ResultWidth] = Xnor ? (sum << 1) - ResultWidth'(Taps) : sum;
    end
  end

  ff_pipeline #(
    .Width(Lanes * Outputs * ResultWidth),
    .Depth(Depth),
    .Skid (Skid)
  ) u_pipeline (
    .clk_i,
    .rst_ni,
    .valid_i (step),
    .enable_o(enable),
    .result_i(results),
    .out_data_o,
    .out_valid_o,
    .out_ready_i
  );

endmodule
