// AXI4-Stream input with a check of the frame's length: `Beats` beats, TLAST with the last of them.
//
// A frame that ends early is filled up with zeros. Without TLAST in its last beat a chunk of `Beats` beats is handed on all
// the same, and all that follows up to TLAST belongs to the same overlong frame. For each chunk handed on one bit leaves at
// `flag_o`, with its last beat at the latest: 1 if it is not a whole frame.
module ff_axis_in #(
  parameter int Width = 8,
  parameter int Beats = 1,
  localparam int DataWidth = 8 * ((Width + 7) / 8)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [DataWidth-1:0] s_axis_tdata_i,
  input  logic                 s_axis_tvalid_i,
  output logic                 s_axis_tready_o,
  input  logic                 s_axis_tlast_i,
  output logic [    Width-1:0] out_data_o,
  output logic                 out_valid_o,
  input  logic                 out_ready_i,
  output logic                 flag_o,
  output logic                 flag_valid_o,
  input  logic                 flag_ready_i
);

  localparam int BeatWidth = (Beats > 1) ? $clog2(Beats) : 1;

  logic [BeatWidth-1:0] beat_q;
  logic running_q, open_q, filling_q;
  logic ready, accept, advance, at_end;

  // Nothing is taken in reset.
  assign s_axis_tready_o = running_q & ready & flag_ready_i & ~filling_q;
  assign accept          = s_axis_tvalid_i & s_axis_tready_o;
  assign advance         = accept | (filling_q & ready);
  assign at_end          = beat_q == BeatWidth'(Beats - 1);

  assign flag_valid_o    = accept & (at_end | s_axis_tlast_i);
  assign flag_o          = open_q | ~(at_end & s_axis_tlast_i);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      running_q <= 1'b0;
      beat_q    <= '0;
      open_q    <= 1'b0;
      filling_q <= 1'b0;
    end else begin
      running_q <= 1'b1;
      if (advance) begin
        beat_q    <= at_end ? '0 : beat_q + 1'b1;
        filling_q <= (filling_q | s_axis_tlast_i) & ~at_end;
      end
      if (flag_valid_o) open_q <= ~s_axis_tlast_i;
    end
  end

  ff_skid #(
    .Width(Width)
  ) u_skid (
    .clk_i,
    .rst_ni,
    .in_data_i (filling_q ? '0 : s_axis_tdata_i[Width-1:0]),
    .in_valid_i(advance),
    .in_ready_o(ready),
    .out_data_o,
    .out_valid_o,
    .out_ready_i
  );

  if (DataWidth > Width) begin : gen_padding
    logic unused;
    assign unused = ^s_axis_tdata_i[DataWidth-1:Width];
  end

endmodule
