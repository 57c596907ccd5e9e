// What stands between the DMA's two streams on the board: gather, accelerator, scatter. Sizes and the accelerator's cell
// come as macros.
module board_path (
  input                             ap_clk,
  input                             ap_rst_n,
  input  [8*`IN_CHUNK_BYTES-1:0]    s_axis_tdata,
  input                             s_axis_tvalid,
  output                            s_axis_tready,
  input                             s_axis_tlast,
  output [8*`OUT_CHUNK_BYTES-1:0]   m_axis_tdata,
  output                            m_axis_tvalid,
  input                             m_axis_tready,
  output                            m_axis_tlast,
  output [0:0]                      m_axis_tuser
);

  wire [8*`IN_DATA_BYTES-1:0]  in_tdata;
  wire [8*`OUT_DATA_BYTES-1:0] out_tdata;
  wire in_tvalid, in_tready, in_tlast, out_tvalid, out_tready, out_tlast;
  wire [0:0] out_tuser;
  wire [`OUT_CHUNK_BYTES-1:0] tkeep;
  wire [31:0] flagged_frames;

  // Any flagged frame, and any byte not kept, shows as TUSER.
  assign m_axis_tuser = flagged_frames != 0 || !(&tkeep);

  axis_gather #(.ChunkBytes(`IN_CHUNK_BYTES), .Chunks(`IN_CHUNKS), .DataBytes(`IN_DATA_BYTES)) gather (
    .ap_clk(ap_clk), .ap_rst_n(ap_rst_n),
    .s_axis_tdata(s_axis_tdata), .s_axis_tvalid(s_axis_tvalid), .s_axis_tready(s_axis_tready),
    .s_axis_tlast(s_axis_tlast),
    .m_axis_tdata(in_tdata), .m_axis_tvalid(in_tvalid), .m_axis_tready(in_tready), .m_axis_tlast(in_tlast)
  );

  `CELL accelerator (
    .ap_clk(ap_clk), .ap_rst_n(ap_rst_n),
    .s_axis_tdata(in_tdata), .s_axis_tvalid(in_tvalid), .s_axis_tready(in_tready), .s_axis_tlast(in_tlast),
    .m_axis_tdata(out_tdata), .m_axis_tvalid(out_tvalid), .m_axis_tready(out_tready), .m_axis_tlast(out_tlast),
    .m_axis_tuser(out_tuser)
  );

  axis_scatter #(.ChunkBytes(`OUT_CHUNK_BYTES), .Chunks(`OUT_CHUNKS), .DataBytes(`OUT_DATA_BYTES)) scatter (
    .ap_clk(ap_clk), .ap_rst_n(ap_rst_n),
    .s_axis_tdata(out_tdata), .s_axis_tvalid(out_tvalid), .s_axis_tready(out_tready), .s_axis_tlast(out_tlast),
    .s_axis_tuser(out_tuser),
    .m_axis_tdata(m_axis_tdata), .m_axis_tkeep(tkeep), .m_axis_tvalid(m_axis_tvalid), .m_axis_tready(m_axis_tready),
    .m_axis_tlast(m_axis_tlast), .flagged_frames(flagged_frames)
  );

endmodule
