// Folded matrix-vector unit: `Pe` outputs by `Simd` inputs a cycle.
//
// For each vector of Beats * Simd inputs: for each of `Folds` folds of `Pe` outputs: one cycle for each of `Beats` beats.
// `Groups` vectors in turn have weights of their own: `File` holds word `(group * Folds + fold) * Beats + beat`: weight
// `p * Simd + s` in bits [(p * Simd + s) * WeightWidth +: WeightWidth]; if there is but one word it is `Value`. Bipolar
// operands are single bits. Products are XNORs with popcount (both operands bipolar), conditional negations (one of
// them), made of LUTs, or, with `Pack` > 0, of DSPs, each for `Pack` outputs (the last for those that remain); then
// weights are stored as ff_packed_product wants them, which explains `Spacing`; or, with `Digits` > 0, of shifts; then
// they are stored as ff_shift_row wants them. `ProductWidth` bits hold every product of non-bipolar inputs with the weights
// (of packed ones, also the smallest less one), `ResultWidth` every result (all sums are modulo 2**ResultWidth).
// Registers: operands; products if they are multiplications; every second level of adders; the result (`Skid`: see
// ff_pipeline).
module ff_dense #(
  parameter int Simd = 1,
  parameter int Pe = 1,
  parameter int Beats = 1,
  parameter int Folds = 1,
  parameter int Groups = 1,
  parameter int InputWidth = 1,
  parameter bit InputSigned = 1'b0,
  parameter bit InputBipolar = 1'b0,
  parameter int WeightWidth = 1,
  parameter bit WeightSigned = 1'b0,
  parameter bit WeightBipolar = 1'b0,
  parameter int ProductWidth = 2,
  parameter int ResultWidth = 2,
  parameter int Pack = 0,
  parameter int Spacing = 2,
  parameter int Digits = 0,
  parameter int FineBits = 1,
  parameter int CoarseBits = 0,
  parameter logic [64*((Digits > 0) ? Digits : 1)-1:0] Shifts = '0,
  parameter bit Block = 1'b0,
  parameter bit Skid = 1'b1,
  parameter File = "",
  parameter logic [Pe*Simd*WeightWidth-1:0] Value = '0
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic [Simd*InputWidth-1:0] in_data_i,
  input  logic                       in_valid_i,
  output logic                       in_ready_o,
  output logic [ Pe*ResultWidth-1:0] out_data_o,
  output logic                       out_valid_o,
  input  logic                       out_ready_i
);

  localparam bit Xnor = InputBipolar && WeightBipolar;
  localparam bit Multiply = !InputBipolar && !WeightBipolar;
  localparam bit Accumulate = Beats > 1;
  localparam bit Packed = Multiply && Pack > 0;
  localparam bit Shifted = Digits > 0;
  // DSPs for each input of a beat
  localparam int Dsps = Packed ? (Pe - 1) / ((Pack > 0) ? Pack : 1) + 1 : 0;
  localparam int Words = Groups * Folds * Beats;
  // A chunk of the weight and the input fill a LUT6; a single unsigned bit is a gate for the whole weight.
  localparam int Chunk = (InputWidth == 1 && !InputSigned) ? WeightWidth : (InputWidth <= 4) ? 6 - InputWidth : 2;
  localparam bit Multiples = Multiply && !Packed && !Shifted && InputWidth + Chunk > 6;
  localparam int ChunkLevels = $clog2((WeightWidth + Chunk - 1) / Chunk);
  // Three XNORs (six bits) fill a LUT6; constant weights need no XNOR.
  localparam int Count = !Xnor ? 1 : (Words == 1) ? 6 : 3;
  localparam int OperandWidth = Xnor ? ((Count == 6) ? 3 : 2) : ProductWidth;
  localparam bit OperandSigned = Multiply ? (InputSigned || WeightSigned) : !Xnor;
  // Levels of adders behind the operand registers; a multiplication counts as two, a choice of two shifts as one.
  localparam int ProductLevels = Shifted ? ((CoarseBits > 0) ? 1 : 0) :
                                 Multiply ? ((Packed || ChunkLevels > 1) ? 2 : ChunkLevels) :
                                 (InputBipolar && !WeightBipolar) ? 1 : 0;
  localparam int TreeLevels = $clog2((Simd + Count - 1) / Count) + (Shifted ? Digits - 1 : 0);
  localparam int Levels = ProductLevels + TreeLevels + ((Xnor || Accumulate) ? 1 : 0);
  localparam int Total = (Packed && Levels < 3) ? 3 : (Levels < 1) ? 1 : Levels;
  localparam int Depth = 1 + (Total + 1) / 2;

  logic enable, step, last;
  logic [Simd*InputWidth-1:0] beat, beat_q;
  logic [Simd*(InputWidth+2)-1:0] triples_q;
  logic [Simd*(InputWidth+1)-1:0] negatives_q;
  logic [Pe*Simd*WeightWidth-1:0] weights;
  logic [Pe*ResultWidth-1:0] results;

  ff_replay #(
    .Width(Simd * InputWidth),
    .Beats(Beats),
    .Folds(Folds)
  ) u_replay (
    .clk_i,
    .rst_ni,
    .in_data_i,
    .in_valid_i,
    .in_ready_o,
    .ready_i(enable),
    .step_o (step),
    .beat_o (beat),
    .last_o (last)
  );

  ff_fold_rom #(
    .Width(Pe * Simd * WeightWidth),
    .Folds(Words),
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

  ff_multiples #(
    .Lanes    (Simd),
    .Width    (InputWidth),
    .Signed   (InputSigned),
    .Triples  (Multiples),
    .Negatives(Multiples || WeightBipolar)
  ) u_multiples (
    .clk_i,
    .enable_i   (enable),
    .inputs_i   (beat),
    .inputs_o   (beat_q),
    .triples_o  (triples_q),
    .negatives_o(negatives_q)
  );

  // Marks of the step whose sums reach the accumulators.
  logic [Depth-2:0] active_q, active_d;
  logic ends;
  if (Depth == 2) begin : gen_next
    assign active_d = step;
  end else begin : gen_shift
    assign active_d = {active_q[Depth-3:0], step};
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) active_q <= '0;
    else if (enable) active_q <= active_d;
  end
  ff_delay #(
    .Width(1),
    .Depth(Depth - 1)
  ) u_ends (
    .clk_i,
    .enable_i(enable),
    .data_i  (last),
    .data_o  (ends)
  );

  logic [Pe*Simd*ProductWidth-1:0] products;
  logic [Pe*Simd-1:0] carries;
  if (Packed) begin : gen_packed
    logic unused;
    assign unused = ^{triples_q, negatives_q};
    for (genvar d = 0; d < Dsps; d++) begin : gen_rows
      localparam int Rows = (d == Dsps - 1) ? Pe - d * Pack : Pack;
      for (genvar s = 0; s < Simd; s++) begin : gen_input
        logic [Rows*WeightWidth-1:0] fields;
        logic [Rows*ProductWidth-1:0] values;
        logic [Rows-1:0] bits;
        ff_packed_product #(
          .Rows        (Rows),
          .Spacing     (Spacing),
          .InputWidth  (InputWidth),
          .InputSigned (InputSigned),
          .WeightWidth (WeightWidth),
          .WeightSigned(WeightSigned),
          .ProductWidth(ProductWidth)
        ) u_product (
          .clk_i,
          .enable_i  (enable),
          .input_i   (beat_q[s*InputWidth+:InputWidth]),
          .fields_i  (fields),
          .products_o(values),
          .carries_o (bits)
        );
        for (genvar r = 0; r < Rows; r++) begin : gen_row
          localparam int Lane = (d * Pack + r) * Simd + s;
          assign fields[r*WeightWidth+:WeightWidth] = weights[Lane*WeightWidth+:WeightWidth];
          assign products[Lane*ProductWidth+:ProductWidth] = values[r*ProductWidth+:ProductWidth];
          assign carries[Lane] = bits[r];
        end
      end
    end
  end else begin : gen_single
    logic unused;
    assign products = '0;
    assign carries  = '0;
    assign unused   = ^{products, carries};
  end

  for (genvar p = 0; p < Pe; p++) begin : gen_row
    logic [ResultWidth-1:0] sum;
    logic carry;
    if (Packed) begin : gen_sum
      ff_carry_tree #(
        .Operands   (Simd),
        .Width      (ProductWidth),
        .Signed     (OperandSigned),
        .OutputWidth(ResultWidth),
        .Offset     (ProductLevels),
        .Total      (Total)
      ) u_tree (
        .clk_i,
        .enable_i  (enable),
        .operands_i(products[p*Simd*ProductWidth+:Simd*ProductWidth]),
        .carries_i (carries[p*Simd+:Simd]),
        .sum_o     (sum),
        .carry_o   (carry)
      );
    end else if (Shifted) begin : gen_shifts
      logic unused;
      assign unused = ^{triples_q, negatives_q};
      ff_shift_row #(
        .Simd       (Simd),
        .InputWidth (InputWidth),
        .InputSigned(InputSigned),
        .Digits     (Digits),
        .FineBits   (FineBits),
        .CoarseBits (CoarseBits),
        .Shifts     (Shifts),
        .SumWidth   (ResultWidth),
        .Offset     (ProductLevels),
        .Total      (Total)
      ) u_row (
        .clk_i,
        .enable_i (enable),
        .inputs_i (beat_q),
        .weights_i(weights[p*Simd*WeightWidth+:Simd*WeightWidth]),
        .sum_o    (sum),
        .carry_o  (carry)
      );
    end else begin : gen_products
      ff_dense_row #(
        .Simd         (Simd),
        .InputWidth   (InputWidth),
        .InputSigned  (InputSigned),
        .InputBipolar (InputBipolar),
        .WeightWidth  (WeightWidth),
        .WeightSigned (WeightSigned),
        .WeightBipolar(WeightBipolar),
        .Chunk        (Chunk),
        .Group        (Count),
        .OperandWidth (OperandWidth),
        .OperandSigned(OperandSigned),
        .SumWidth     (ResultWidth),
        .Offset       (ProductLevels),
        .Total        (Total)
      ) u_row (
        .clk_i,
        .enable_i   (enable),
        .inputs_i   (beat_q),
        .triples_i  (triples_q),
        .negatives_i(negatives_q),
        .weights_i  (weights[p*Simd*WeightWidth+:Simd*WeightWidth]),
        .sum_o      (sum)
      );
      assign carry = 1'b0;
    end

    // XNORs count the products +1: the sum is twice the count less the number of products.
    ff_accumulator #(
      .Width     (ResultWidth),
      .Shift     (Xnor ? 1 : 0),
      .Start     (Xnor ? -(Simd * Beats) : 0),
      .Accumulate(Accumulate)
    ) u_accumulator (
      .clk_i,
      .rst_ni,
      .enable_i(enable & active_q[Depth-2]),
      .last_i  (ends),
      .term_i  (sum),
      .carry_i (carry),
      .result_o(results[p*ResultWidth+:ResultWidth])
    );
  end

  ff_pipeline #(
    .Width(Pe * ResultWidth),
    .Depth(Depth),
    .Skid (Skid)
  ) u_pipeline (
    .clk_i,
    .rst_ni,
    .valid_i (step & last),
    .enable_o(enable),
    .result_i(results),
    .out_data_o,
    .out_valid_o,
    .out_ready_i
  );

endmodule
