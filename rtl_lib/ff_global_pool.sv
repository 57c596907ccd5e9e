// Pooling over whole frames: of `Pixels` pixels of Groups * Lanes channels each channel's largest element (`Max`) or sum.
//
// A pixel comes in `Groups` beats. Each is joined with its group's word in a memory (a register for one group), and written
// back with the same clock edge; what the beats of the last pixel make are the results. `OutputWidth` bits hold every
// result. One register.
module ff_global_pool #(
  parameter bit Max = 1'b1,
  parameter int Pixels = 2,
  parameter int Groups = 1,
  parameter int Lanes = 1,
  parameter int InputWidth = 1,
  parameter bit InputSigned = 1'b0,
  parameter int OutputWidth = 1
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

  localparam int Width = Max ? InputWidth : OutputWidth;

  logic enable, step, pixel_ends, first, last;
  logic [Lanes*Width-1:0] stored, joined;
  logic [Lanes*OutputWidth-1:0] results;

  assign in_ready_o = enable;
  assign step       = enable & in_valid_i;

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [InputWidth-1:0] element;
    logic [Width-1:0] value, kept, result;
    assign element = in_data_i[l*InputWidth+:InputWidth];
    assign value   = InputSigned ? Width'($signed(element)) : Width'(element);
    assign kept    = stored[l*Width+:Width];
    if (Max) begin : gen_max
      logic less;
      assign less   = InputSigned ? ($signed(kept) < $signed(value)) : (kept < value);
      assign result = (first | less) ? value : kept;
    end else begin : gen_sum
      assign result = (first ? '0 : kept) + value;
    end
    assign joined[l*Width+:Width] = result;
    assign results[l*OutputWidth+:OutputWidth] = InputSigned ? OutputWidth'($signed(result)) : OutputWidth'(result);
  end

  if (Groups == 1) begin : gen_register
    logic [Lanes*Width-1:0] stored_q;
    always_ff @(posedge clk_i) if (step) stored_q <= joined;
    assign stored     = stored_q;
    assign pixel_ends = 1'b1;
  end else begin : gen_memory
    localparam int GroupWidth = $clog2(Groups);
    (* ram_style = "distributed" *) logic [Lanes*Width-1:0] memory[Groups];
    logic [GroupWidth-1:0] group, unused_next;
    ff_fold_counter #(
      .Folds(Groups)
    ) u_group (
      .clk_i,
      .rst_ni,
      .step_i(step),
      .fold_o(group),
      .next_o(unused_next)
    );
    always_ff @(posedge clk_i) if (step) memory[group] <= joined;
    assign stored     = memory[group];
    assign pixel_ends = group == GroupWidth'(Groups - 1);
  end

  if (Pixels == 1) begin : gen_single_pixel
    logic unused;
    assign unused = pixel_ends;
    assign first  = 1'b1;
    assign last   = 1'b1;
  end else begin : gen_pixels
    localparam int PixelWidth = $clog2(Pixels);
    logic [PixelWidth-1:0] pixel, unused_next;
    ff_fold_counter #(
      .Folds(Pixels)
    ) u_pixel (
      .clk_i,
      .rst_ni,
      .step_i(step & pixel_ends),
      .fold_o(pixel),
      .next_o(unused_next)
    );
    assign first = pixel == '0;
    assign last  = pixel == PixelWidth'(Pixels - 1);
  end

  ff_pipeline #(
    .Width(Lanes * OutputWidth),
    .Depth(1)
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

`ifndef SYNTHESIS
  initial assert (OutputWidth >= InputWidth) else $error("ff_global_pool: results need the width of the inputs");
`endif

endmodule
