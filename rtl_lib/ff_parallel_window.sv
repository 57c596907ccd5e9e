// Sliding window over the rows and columns of frames: all taps of the kernel together, for one output pixel and group of
// channels after the other.
//
// The input shifts through a line, a beat a cycle, in which each tap has its fixed place: one kernel column lies
// `ColumnDepth` beats behind the next one, one kernel row `RowDepth`. The line knows frames of `Rows` x `Columns` x `Groups`
// beats, of which those of `InputRows` x `InputColumns` are input, the others a cycle without. A window is complete when the
// beat of its newest tap enters, which is (`LagRow`, `LagColumn`) for the frame's first one; taps outside the data are
// replaced by `Padding`, so whatever lies there in the line does not matter.
//
// Windows that are completed by padding behind a frame leave while the next one enters. If that has not begun after
// `Patience` cycles, the line shifts without it.
//
// Only the taps from `FirstTapRow` to `LastTapRow`, and those columns, are built; the others always lie on the padding.
//
// Latency 2 from the last beat needed: line, output register.
module ff_parallel_window #(
  parameter int Width = 1,
  parameter logic [Width-1:0] Padding = '0,
  parameter int Groups = 1,
  parameter int Patience = 0,
  parameter int Rows = 1,
  parameter int InputRows = 1,
  parameter int LeadRows = 0,
  parameter int LagRow = 0,
  parameter int RowStride = 1,
  parameter int LastRow = 0,
  parameter int TapRows = 1,
  parameter int FirstTapRow = 0,
  parameter int LastTapRow = 0,
  parameter logic [32*TapRows-1:0] RowLow = '0,
  parameter logic [32*TapRows-1:0] RowEnd = '0,
  parameter int RowDepth = 1,
  parameter bit RowBlock = 1'b0,
  parameter int Columns = 1,
  parameter int InputColumns = 1,
  parameter int LeadColumns = 0,
  parameter int LagColumn = 0,
  parameter int ColumnStride = 1,
  parameter int LastColumn = 0,
  parameter int TapColumns = 1,
  parameter int FirstTapColumn = 0,
  parameter int LastTapColumn = 0,
  parameter logic [32*TapColumns-1:0] ColumnLow = '0,
  parameter logic [32*TapColumns-1:0] ColumnEnd = '0,
  parameter int ColumnDepth = 1,
  parameter bit ColumnBlock = 1'b0,
  localparam int OutWidth = TapRows * TapColumns * Width
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [   Width-1:0] in_data_i,
  input  logic                in_valid_i,
  output logic                in_ready_o,
  output logic [OutWidth-1:0] out_data_o,
  output logic                out_valid_o,
  input  logic                out_ready_i
);

  localparam int LineRows = LastTapRow - FirstTapRow + 1;
  localparam int LineColumns = LastTapColumn - FirstTapColumn + 1;
  localparam int RowsWidth = LineRows * Width;

  // What enters
  logic enable, advance, go, step, shift;
  logic at_begin, at_lag, at_data;
  logic active_q, valid_q, alone;

  ff_parallel_window_place #(
    .Groups     (Groups),
    .Columns    (Columns),
    .Rows       (Rows),
    .LagColumn  (LagColumn),
    .LagRow     (LagRow),
    .LeadColumns(LeadColumns),
    .DataColumns(InputColumns),
    .LeadRows   (LeadRows),
    .DataRows   (InputRows)
  ) u_place (
    .clk_i,
    .rst_ni,
    .step_i (step),
    .begin_o(at_begin),
    .lag_o  (at_lag),
    .data_o (at_data)
  );

  // A window that waits for the output keeps the line; a frame begins with an input beat.
  assign advance    = enable | ~valid_q;
  assign go         = in_valid_i | ~(at_data | at_begin);
  assign step       = advance & go;
  assign shift      = advance & (go | (at_begin & active_q & alone));
  assign in_ready_o = advance & at_data;

  if (Patience == 0) begin : gen_impatient
    assign alone = 1'b1;
  end else begin : gen_patient
    localparam int PatienceWidth = $clog2(Patience + 1);
    logic [PatienceWidth-1:0] waited_q;
    assign alone = waited_q == PatienceWidth'(Patience);
    always_ff @(posedge clk_i) begin
      if (!rst_ni || in_valid_i || !at_begin) waited_q <= '0;
      else if (!alone) waited_q <= waited_q + 1'b1;
    end
  end

  // Which window is complete
  logic running, window_step, group_last, row_keep, row_last, column_keep, column_last_window, column_last, finish;
  logic unused_begin, unused_lag, unused_data, unused_last;
  logic [TapRows-1:0] row_outside, row_outside_q;
  logic [TapColumns-1:0] column_outside, column_outside_q;

  assign running     = active_q | at_lag;
  assign window_step = shift & running;
  assign finish      = group_last & row_last & column_last_window;

  ff_parallel_window_counter #(
    .Size(Groups),
    .Data(Groups)
  ) u_group (
    .clk_i,
    .rst_ni,
    .step_i (window_step),
    .begin_o(unused_begin),
    .lag_o  (unused_lag),
    .data_o (unused_data),
    .last_o (group_last)
  );
  ff_parallel_window_axis #(
    .Size  (Columns),
    .Stride(ColumnStride),
    .Last  (LastColumn),
    .Taps  (TapColumns),
    .Low   (ColumnLow),
    .End   (ColumnEnd)
  ) u_columns (
    .clk_i,
    .rst_ni,
    .step_i       (window_step & group_last),
    .restart_i    (finish),
    .keep_o       (column_keep),
    .last_window_o(column_last_window),
    .last_o       (column_last),
    .outside_o    (column_outside)
  );
  ff_parallel_window_axis #(
    .Size  (Rows),
    .Stride(RowStride),
    .Last  (LastRow),
    .Taps  (TapRows),
    .Low   (RowLow),
    .End   (RowEnd)
  ) u_rows (
    .clk_i,
    .rst_ni,
    .step_i       (window_step & (finish | (group_last & column_last))),
    .restart_i    (finish),
    .keep_o       (row_keep),
    .last_window_o(row_last),
    .last_o       (unused_last),
    .outside_o    (row_outside)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      valid_q  <= 1'b0;
    end else begin
      if (window_step) active_q <= ~finish;
      if (advance) valid_q <= window_step & row_keep & column_keep;
    end
  end

  // Line: in `line` column c of the kernel, counted from the newest one, is word c, and in that row r word r.
  logic [Width-1:0] newest_q;
  logic [RowsWidth-1:0] newest_column;
  logic [LineColumns*RowsWidth-1:0] line;

  always_ff @(posedge clk_i) begin
    if (shift) begin
      newest_q         <= in_data_i;
      row_outside_q    <= row_outside;
      column_outside_q <= column_outside;
    end
  end

  assign newest_column[Width-1:0] = newest_q;
  if (LineRows > 1) begin : gen_rows
    ff_parallel_window_chain #(
      .Width(Width),
      .Count(LineRows - 1),
      .Depth(RowDepth),
      .Block(RowBlock)
    ) u_row_chain (
      .clk_i,
      .rst_ni,
      .enable_i(shift),
      .data_i  (newest_q),
      .data_o  (newest_column[RowsWidth-1:Width])
    );
  end

  assign line[RowsWidth-1:0] = newest_column;
  if (LineColumns > 1) begin : gen_columns
    ff_parallel_window_chain #(
      .Width(RowsWidth),
      .Count(LineColumns - 1),
      .Depth(ColumnDepth),
      .Block(ColumnBlock)
    ) u_column_chain (
      .clk_i,
      .rst_ni,
      .enable_i(shift),
      .data_i  (newest_column),
      .data_o  (line[LineColumns*RowsWidth-1:RowsWidth])
    );
  end

  // Window
  logic [OutWidth-1:0] window;

  for (genvar r = 0; r < TapRows; r++) begin : gen_tap_row
    for (genvar c = 0; c < TapColumns; c++) begin : gen_tap
      localparam int Tap = r * TapColumns + c;
      if (r < FirstTapRow || r > LastTapRow || c < FirstTapColumn || c > LastTapColumn) begin : gen_padding
        logic unused;
        assign unused = row_outside_q[r] & column_outside_q[c];
        assign window[Tap*Width+:Width] = Padding;
      end else begin : gen_data
        localparam int Place = (LastTapColumn - c) * LineRows + LastTapRow - r;
        assign window[Tap*Width+:Width] = (row_outside_q[r] | column_outside_q[c]) ? Padding : line[Place*Width+:Width];
      end
    end
  end

  ff_pipeline #(
    .Width(OutWidth),
    .Depth(1)
  ) u_pipeline (
    .clk_i,
    .rst_ni,
    .valid_i (valid_q),
    .enable_o(enable),
    .result_i(window),
    .out_data_o,
    .out_valid_o,
    .out_ready_i
  );

`ifndef SYNTHESIS
  // The windows of one frame have left the line before those of the next one begin.
  always @(posedge clk_i) begin
    if (rst_ni && step === 1'b1 && at_lag) begin
      assert (!active_q) else $error("ff_parallel_window: two frames have windows in the line");
    end
  end
`endif

endmodule
