// Counts steps modulo `Size`. Tells of the coming one whether it is number 0, `Lag`, one of the `Data` from `Lead` on, the last.
module ff_parallel_window_counter #(
  parameter int Size = 1,
  parameter int Lag = 0,
  parameter int Lead = 0,
  parameter int Data = 1
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic step_i,
  output logic begin_o,
  output logic lag_o,
  output logic data_o,
  output logic last_o
);

  localparam int Width = (Size > 1) ? $clog2(Size) : 1;

  logic [Width-1:0] count_q;
  logic from_lead, to_end;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) count_q <= '0;
    else if (step_i) count_q <= last_o ? '0 : count_q + 1'b1;
  end

  assign begin_o = count_q == '0;
  assign lag_o   = count_q == Width'(Lag);
  assign last_o  = count_q == Width'(Size - 1);
  assign data_o  = from_lead & to_end;

  if (Lead == 0) begin : gen_no_lead
    assign from_lead = 1'b1;
  end else begin : gen_lead
    assign from_lead = count_q >= Width'(Lead);
  end
  if (Lead + Data == Size) begin : gen_no_rest
    assign to_end = 1'b1;
  end else begin : gen_rest
    assign to_end = count_q < Width'(Lead + Data);
  end

endmodule
