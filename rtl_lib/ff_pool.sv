// Pooling behind a parallel window: of each beat the largest (`Max`) or the sum of `Taps` elements, for each of `Lanes` lanes.
//
// Element t * Lanes + l of a beat is tap t of lane l. `OutputWidth` bits hold every result. A register stands behind every
// second level of the lanes' trees, the last at the output.
module ff_pool #(
  parameter bit Max = 1'b1,
  parameter int Taps = 1,
  parameter int Lanes = 1,
  parameter int InputWidth = 1,
  parameter bit InputSigned = 1'b0,
  parameter int OutputWidth = 1
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  input  logic [Taps*Lanes*InputWidth-1:0] in_data_i,
  input  logic                             in_valid_i,
  output logic                             in_ready_o,
  output logic [    Lanes*OutputWidth-1:0] out_data_o,
  output logic                             out_valid_o,
  input  logic                             out_ready_i
);

  localparam int Levels = $clog2(Taps);
  localparam int Depth = (Levels > 2) ? (Levels + 1) / 2 : 1;

  logic enable;
  logic [Lanes*OutputWidth-1:0] results;

  assign in_ready_o = enable;

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [Taps*InputWidth-1:0] operands;
    always_comb begin
      for (int t = 0; t < Taps; t++) operands[t*InputWidth+:InputWidth] = in_data_i[(t*Lanes+l)*InputWidth+:InputWidth];
    end

    if (Max) begin : gen_max
      logic [InputWidth-1:0] largest;
      ff_max_tree #(
        .Operands(Taps),
        .Width   (InputWidth),
        .Signed  (InputSigned)
      ) u_tree (
        .clk_i,
        .enable_i  (enable),
        .operands_i(operands),
        .largest_o (largest)
      );
      assign results[l*OutputWidth+:OutputWidth] = InputSigned ? OutputWidth'($signed(largest)) : OutputWidth'(largest);
    end else begin : gen_sum
      ff_adder_tree #(
        .Operands   (Taps),
        .Width      (InputWidth),
        .Signed     (InputSigned),
        .OutputWidth(OutputWidth),
        .Offset     (0),
        .Total      (Levels)
      ) u_tree (
        .clk_i,
        .enable_i  (enable),
        .operands_i(operands),
        .sum_o     (results[l*OutputWidth+:OutputWidth])
      );
    end
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

`ifndef SYNTHESIS
  initial assert (OutputWidth >= InputWidth) else $error("ff_pool: results need the width of the inputs");
`endif

endmodule
