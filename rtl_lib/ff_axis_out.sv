// AXI4-Stream output: makes TLAST at the end of each frame of `Beats` beats, and there TUSER from the frame's flag.
//
// A frame's last beat waits until the flag has arrived, and takes it. TUSER is 0 in all other beats.
module ff_axis_out #(
  parameter int Width = 8,
  parameter int Beats = 1,
  localparam int DataWidth = 8 * ((Width + 7) / 8)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [    Width-1:0] in_data_i,
  input  logic                 in_valid_i,
  output logic                 in_ready_o,
  input  logic                 flag_i,
  input  logic                 flag_valid_i,
  output logic                 flag_ready_o,
  output logic [DataWidth-1:0] m_axis_tdata_o,
  output logic                 m_axis_tvalid_o,
  input  logic                 m_axis_tready_i,
  output logic                 m_axis_tlast_o,
  output logic [          0:0] m_axis_tuser_o
);

  localparam int BeatWidth = (Beats > 1) ? $clog2(Beats) : 1;

  logic [BeatWidth-1:0] beat_q;
  logic [Width-1:0] data;
  logic ready, advance, at_end;

  assign at_end       = beat_q == BeatWidth'(Beats - 1);
  assign in_ready_o   = ready & (flag_valid_i | ~at_end);
  assign advance      = in_valid_i & in_ready_o;
  assign flag_ready_o = advance & at_end;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) beat_q <= '0;
    else if (advance) beat_q <= at_end ? '0 : beat_q + 1'b1;
  end

  ff_skid #(
    .Width(Width + 2)
  ) u_skid (
    .clk_i,
    .rst_ni,
    .in_data_i  ({in_data_i, at_end, at_end & flag_i}),
    .in_valid_i (advance),
    .in_ready_o (ready),
    .out_data_o ({data, m_axis_tlast_o, m_axis_tuser_o}),
    .out_valid_o(m_axis_tvalid_o),
    .out_ready_i(m_axis_tready_i)
  );

  assign m_axis_tdata_o = DataWidth'(data);

endmodule
