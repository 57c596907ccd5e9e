// Where the windows lie on one axis: the position of the window that the coming beat of the line completes.
//
// Positions run from 0 to `Size` - 1 and begin again with `restart_i`. There is a window at every multiple of `Stride` up to
// `Last`. Tap n of a window lies on the data at positions from `Low` to `End` - 1, its words of 32 bits; `outside_o` says
// which taps do not.
module ff_parallel_window_axis #(
  parameter int Size = 1,
  parameter int Stride = 1,
  parameter int Last = 0,
  parameter int Taps = 1,
  parameter logic [32*Taps-1:0] Low = '0,
  parameter logic [32*Taps-1:0] End = '0
) (
  input  logic            clk_i,
  input  logic            rst_ni,
  input  logic            step_i,
  input  logic            restart_i,
  output logic            keep_o,
  output logic            last_window_o,
  output logic            last_o,
  output logic [Taps-1:0] outside_o
);

  localparam int Width = (Size > 1) ? $clog2(Size) : 1;

  logic [Width-1:0] position_q;
  logic on_stride, in_range;

  assign last_o        = position_q == Width'(Size - 1);
  assign last_window_o = position_q == Width'(Last);
  assign keep_o        = on_stride & in_range;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) position_q <= '0;
    else if (step_i) position_q <= (restart_i | last_o) ? '0 : position_q + 1'b1;
  end

  if (Stride == 1) begin : gen_all
    assign on_stride = 1'b1;
  end else begin : gen_some
    localparam int WaitWidth = $clog2(Stride);
    logic [WaitWidth-1:0] wait_q;
    assign on_stride = wait_q == '0;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) wait_q <= '0;
      else if (step_i) wait_q <= (restart_i | last_o) ? '0 : on_stride ? WaitWidth'(Stride - 1) : wait_q - 1'b1;
    end
  end

  if (Last + Stride >= Size) begin : gen_no_rest
    assign in_range = 1'b1;
  end else begin : gen_rest
    assign in_range = position_q <= Width'(Last);
  end

  for (genvar n = 0; n < Taps; n++) begin : gen_tap
    localparam int TapLow = Low[32*n+:32];
    localparam int TapEnd = End[32*n+:32];
    if (TapLow >= TapEnd) begin : gen_outside
      assign outside_o[n] = 1'b1;
    end else begin : gen_inside
      logic too_low, too_high;
      assign outside_o[n] = too_low | too_high;
      if (TapLow == 0) begin : gen_no_low
        assign too_low = 1'b0;
      end else begin : gen_low
        assign too_low = position_q < Width'(TapLow);
      end
      if (TapEnd > Last) begin : gen_no_high
        assign too_high = 1'b0;
      end else begin : gen_high
        assign too_high = position_q >= Width'(TapEnd);
      end
    end
  end

endmodule
