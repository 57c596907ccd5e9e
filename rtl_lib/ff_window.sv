// Sliding window over the rows and columns of frames: the beats under the kernel, for one output pixel after the other.
//
// The line buffer is a circle of `Depth` beats; the input of all frames, in order, are the positions on it. Writer and
// reader run on their own. `ahead_q` counts the beats written behind the coming tap (-1: the tap's own is the next to be
// written), `room_q` those that may still be written before the window's first tap moves on (-1: none). Both, and the
// address, move by constants for the loop that goes on (see ff_window_taps): `AheadSteps`, `AddressSteps`, `RoomSteps`.
//
// No window leaves before its frame has begun: the tap `first` is at the frame's first beat for `ahead_q` and the address,
// whatever it reads, and has the seventh of their steps. `Lead` is 1 if it lies elsewhere: on the padding.
//
// Of `Groups` beats a pixel and `InputColumns` x `InputRows` pixels a frame only those of certain rows and columns enter the
// buffer if `ColumnStride` or `RowStride` is not 1.
//
// Latency 3 from the last beat needed: write, read, output register.
module ff_window #(
  parameter int Width = 1,
  parameter int Depth = 2,
  parameter bit Block = 1'b0,
  parameter logic [Width-1:0] Padding = '0,
  parameter bit Lead = 1'b0,
  parameter int AheadWidth = 2,
  parameter logic [7*32-1:0] AheadSteps = '0,
  parameter logic [7*32-1:0] AddressSteps = '0,
  parameter int RoomWidth = 2,
  parameter int RoomStart = 0,
  parameter logic [6*32-1:0] RoomSteps = '0,
  parameter logic [5*32-1:0] Counts = {5{32'd1}},
  parameter bit RowPadding = 1'b0,
  parameter int RowWidth = 1,
  parameter int Rows = 1,
  parameter int RowStart = 0,
  parameter logic [6*32-1:0] RowSteps = '0,
  parameter bit ColumnPadding = 1'b0,
  parameter int ColumnWidth = 1,
  parameter int Columns = 1,
  parameter int ColumnStart = 0,
  parameter logic [6*32-1:0] ColumnSteps = '0,
  parameter int Groups = 1,
  parameter int InputColumns = 1,
  parameter int FirstColumn = 0,
  parameter int ColumnStride = 1,
  parameter int InputRows = 1,
  parameter int FirstRow = 0,
  parameter int RowStride = 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [Width-1:0] in_data_i,
  input  logic             in_valid_i,
  output logic             in_ready_o,
  output logic [Width-1:0] out_data_o,
  output logic             out_valid_o,
  input  logic             out_ready_i
);

  localparam int AddressWidth = $clog2(Depth);
  localparam bit Wraps = Depth != 1 << AddressWidth;

  // Writer
  logic accept, keep, write;
  logic [AddressWidth-1:0] write_q;
  logic [RoomWidth-1:0] room_q, room_step;

  assign in_ready_o = ~room_q[RoomWidth-1] | ~keep;
  assign accept     = in_valid_i & in_ready_o;
  assign write      = accept & keep;

  if (ColumnStride == 1 && RowStride == 1) begin : gen_all
    assign keep = 1'b1;
  end else begin : gen_sampled
    logic unused_keep, unused_last, group_last, column_keep, column_last, row_keep;
    assign keep = column_keep & row_keep;
    ff_window_sampler #(
      .Size(Groups)
    ) u_group (
      .clk_i,
      .rst_ni,
      .step_i(accept),
      .keep_o(unused_keep),
      .last_o(group_last)
    );
    ff_window_sampler #(
      .Size  (InputColumns),
      .Start (FirstColumn),
      .Stride(ColumnStride)
    ) u_column (
      .clk_i,
      .rst_ni,
      .step_i(accept & group_last),
      .keep_o(column_keep),
      .last_o(column_last)
    );
    ff_window_sampler #(
      .Size  (InputRows),
      .Start (FirstRow),
      .Stride(RowStride)
    ) u_row (
      .clk_i,
      .rst_ni,
      .step_i(accept & group_last & column_last),
      .keep_o(row_keep),
      .last_o(unused_last)
    );
  end

  // Reader
  logic enable, step, tap, tap_valid, tap_first, tap_padding, first;
  logic [5:0] advance, advance_now;
  logic [6:0] choice, choice_now;
  logic [AddressWidth-1:0] read_q, read_step, read_d;
  logic [AheadWidth-1:0] ahead_q, ahead_step;

  ff_window_taps #(
    .Counts(Counts),
    .RowPadding(RowPadding),
    .RowWidth(RowWidth),
    .Rows(Rows),
    .RowStart(RowStart),
    .RowSteps(RowSteps),
    .ColumnPadding(ColumnPadding),
    .ColumnWidth(ColumnWidth),
    .Columns(Columns),
    .ColumnStart(ColumnStart),
    .ColumnSteps(ColumnSteps)
  ) u_taps (
    .clk_i,
    .rst_ni,
    .step_i   (step),
    .valid_o  (tap_valid),
    .advance_o(advance),
    .first_o  (tap_first),
    .padding_o(tap_padding)
  );

  assign first       = Lead & tap_first;
  assign tap         = tap_valid & (~ahead_q[AheadWidth-1] | (tap_padding & ~first));
  assign step        = enable & tap;
  assign advance_now = step ? advance : '0;
  assign choice      = first ? 7'b1000000 : {1'b0, advance};
  assign choice_now  = step ? choice : '0;

  ff_window_choice #(
    .Width  (AheadWidth),
    .Choices(7),
    .Values (AheadSteps)
  ) u_ahead (
    .choice_i(choice_now),
    .value_o (ahead_step)
  );
  ff_window_choice #(
    .Width  (RoomWidth),
    .Choices(6),
    .Values (RoomSteps)
  ) u_room (
    .choice_i(advance_now),
    .value_o (room_step)
  );
  ff_window_choice #(
    .Width  (AddressWidth),
    .Choices(7),
    .Values (AddressSteps)
  ) u_address (
    .choice_i(choice),
    .value_o (read_step)
  );

  if (Wraps) begin : gen_wrap
    logic [AddressWidth:0] sum;
    assign sum    = {1'b0, read_q} + {1'b0, read_step};
    assign read_d = (sum >= (AddressWidth + 1)'(Depth)) ? AddressWidth'(sum - (AddressWidth + 1)'(Depth)) : sum[AddressWidth-1:0];
  end else begin : gen_power
    assign read_d = read_q + read_step;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q <= '0;
      read_q  <= '0;
      ahead_q <= '1;
      room_q  <= RoomWidth'(RoomStart);
    end else begin
      if (write) write_q <= (Wraps && write_q == AddressWidth'(Depth - 1)) ? '0 : write_q + 1'b1;
      if (step) read_q <= read_d;
      ahead_q <= ahead_q + ahead_step + AheadWidth'(write);
      room_q  <= room_q + room_step - RoomWidth'(write);
    end
  end

  // Line buffer and output
  logic [Width-1:0] result;

  ff_window_memory #(
    .Width  (Width),
    .Depth  (Depth),
    .Block  (Block),
    .Padding(Padding)
  ) u_memory (
    .clk_i,
    .write_i        (write),
    .write_address_i(write_q),
    .write_data_i   (in_data_i),
    .read_i         (enable),
    .padding_i      (tap_padding),
    .read_address_i (read_q),
    .read_data_o    (result)
  );

  ff_pipeline #(
    .Width(Width),
    .Depth(2)
  ) u_pipeline (
    .clk_i,
    .rst_ni,
    .valid_i (tap),
    .enable_o(enable),
    .result_i(result),
    .out_data_o,
    .out_valid_o,
    .out_ready_i
  );

`ifndef SYNTHESIS
  // What a tap reads is still there: no more than Depth beats have been written from it on.
  logic signed [31:0] ahead;
  assign ahead = 32'($signed(ahead_q));
  always @(posedge clk_i) begin
    if (rst_ni && step === 1'b1 && !tap_padding) begin
      assert (ahead < Depth) else $error("ff_window: a beat was overwritten before its last use");
    end
  end
`endif

endmodule
