// The taps of a frame's windows, one after the other: five nested loops, of which the innermost is loop 0.
//
// Loop n runs `Counts[32*n+:32]` times. All outputs are registers and describe the coming tap while `valid_o`: `advance_o`
// has the one bit set of the loop that goes on behind it (bit 5: the next frame begins), `first_o` marks a frame's first
// tap, `padding_o` says that the tap lies outside the data.
module ff_window_taps #(
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
  parameter logic [6*32-1:0] ColumnSteps = '0
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       step_i,
  output logic       valid_o,
  output logic [5:0] advance_o,
  output logic       first_o,
  output logic       padding_o
);

  // The loops are one tap ahead of the outputs.
  logic [4:0] last;
  logic [5:0] advance, advance_q;
  logic next, first_q, row_outside, column_outside, padding_q, valid_q, starting_q;

  assign next      = step_i | ~valid_q;
  assign valid_o   = valid_q;
  assign advance_o = advance_q;
  assign first_o   = first_q;
  assign padding_o = padding_q;

  for (genvar n = 0; n < 5; n++) begin : gen_loop
    localparam int Count = Counts[32*n+:32];
    logic inner_last;
    if (n == 0) begin : gen_innermost
      assign inner_last = 1'b1;
    end else begin : gen_outer
      assign inner_last = &last[n-1:0];
    end
    assign advance[n] = inner_last & ~last[n];
    if (Count == 1) begin : gen_once
      assign last[n] = 1'b1;
    end else begin : gen_counter
      localparam int CountWidth = $clog2(Count);
      logic [CountWidth-1:0] count_q;
      assign last[n] = count_q == CountWidth'(Count - 1);
      always_ff @(posedge clk_i) begin
        if (!rst_ni) count_q <= '0;
        else if (next && inner_last) count_q <= last[n] ? '0 : count_q + 1'b1;
      end
    end
  end
  assign advance[5] = &last;

  if (RowPadding) begin : gen_rows
    ff_window_axis #(
      .Width(RowWidth),
      .Size (Rows),
      .Start(RowStart),
      .Steps(RowSteps)
    ) u_row (
      .clk_i,
      .rst_ni,
      .step_i   (next),
      .advance_i(advance),
      .outside_o(row_outside)
    );
  end else begin : gen_no_rows
    assign row_outside = 1'b0;
  end

  if (ColumnPadding) begin : gen_columns
    ff_window_axis #(
      .Width(ColumnWidth),
      .Size (Columns),
      .Start(ColumnStart),
      .Steps(ColumnSteps)
    ) u_column (
      .clk_i,
      .rst_ni,
      .step_i   (next),
      .advance_i(advance),
      .outside_o(column_outside)
    );
  end else begin : gen_no_columns
    assign column_outside = 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (next) begin
      advance_q <= advance;
      first_q   <= starting_q;
      padding_q <= row_outside | column_outside;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q    <= 1'b0;
      starting_q <= 1'b1;
    end else begin
      valid_q <= 1'b1;
      if (next) starting_q <= advance[5];
    end
  end

endmodule
