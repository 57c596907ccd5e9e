// Counts the beats of frames of `Rows` x `Columns` x `Groups`, and says where in its frame the coming one lies.
//
// `begin_o`: it is the first. `lag_o`: it is the first group of (`LagRow`, `LagColumn`). `data_o`: it is in the rectangle of
// `DataRows` x `DataColumns` from (`LeadRows`, `LeadColumns`) on.
module ff_parallel_window_place #(
  parameter int Groups = 1,
  parameter int Columns = 1,
  parameter int Rows = 1,
  parameter int LagColumn = 0,
  parameter int LagRow = 0,
  parameter int LeadColumns = 0,
  parameter int DataColumns = 1,
  parameter int LeadRows = 0,
  parameter int DataRows = 1
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic step_i,
  output logic begin_o,
  output logic lag_o,
  output logic data_o
);

  logic group_first, group_last, column_begin, column_lag, column_data, column_last;
  logic row_begin, row_lag, row_data;
  logic unused_lag, unused_data, unused_last;

  ff_parallel_window_counter #(
    .Size(Groups),
    .Data(Groups)
  ) u_group (
    .clk_i,
    .rst_ni,
    .step_i,
    .begin_o(group_first),
    .lag_o  (unused_lag),
    .data_o (unused_data),
    .last_o (group_last)
  );
  ff_parallel_window_counter #(
    .Size(Columns),
    .Lag (LagColumn),
    .Lead(LeadColumns),
    .Data(DataColumns)
  ) u_column (
    .clk_i,
    .rst_ni,
    .step_i (step_i & group_last),
    .begin_o(column_begin),
    .lag_o  (column_lag),
    .data_o (column_data),
    .last_o (column_last)
  );
  ff_parallel_window_counter #(
    .Size(Rows),
    .Lag (LagRow),
    .Lead(LeadRows),
    .Data(DataRows)
  ) u_row (
    .clk_i,
    .rst_ni,
    .step_i (step_i & group_last & column_last),
    .begin_o(row_begin),
    .lag_o  (row_lag),
    .data_o (row_data),
    .last_o (unused_last)
  );

  assign begin_o = group_first & column_begin & row_begin;
  assign lag_o   = group_first & column_lag & row_lag;
  assign data_o  = column_data & row_data;

endmodule
