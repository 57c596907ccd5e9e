// sums.sv with the port names that Vitis HLS gives: upper-case suffixes, TKEEP and TSTRB on both sides.
module sums_vitis (
  input         ap_clk,
  input         ap_rst_n,
  input  [15:0] s_axis_TDATA,
  input  [ 1:0] s_axis_TKEEP,
  input  [ 1:0] s_axis_TSTRB,
  input         s_axis_TVALID,
  output        s_axis_TREADY,
  input  [ 0:0] s_axis_TLAST,
  output [ 7:0] m_axis_TDATA,
  output [ 0:0] m_axis_TKEEP,
  output [ 0:0] m_axis_TSTRB,
  output        m_axis_TVALID,
  input         m_axis_TREADY,
  output [ 0:0] m_axis_TLAST,
  output [ 0:0] m_axis_TUSER
);
  assign m_axis_TKEEP = 1'b1;
  assign m_axis_TSTRB = 1'b1;

  // Data without all of its strobes is spoilt, so a testbench that leaves them out is noticed.
  sums u_sums (
    .ap_clk       (ap_clk),
    .ap_rst_n     (ap_rst_n),
    .s_axis_tdata (s_axis_TDATA ^ {16{~(&s_axis_TKEEP & &s_axis_TSTRB)}}),
    .s_axis_tvalid(s_axis_TVALID),
    .s_axis_tready(s_axis_TREADY),
    .s_axis_tlast (s_axis_TLAST[0]),
    .m_axis_tdata (m_axis_TDATA),
    .m_axis_tvalid(m_axis_TVALID),
    .m_axis_tready(m_axis_TREADY),
    .m_axis_tlast (m_axis_TLAST[0]),
    .m_axis_tuser (m_axis_TUSER)
  );
endmodule
