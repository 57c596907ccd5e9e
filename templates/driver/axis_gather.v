// From the DMA to the accelerator: joins Chunks beats of ChunkBytes bytes, the first lowest, and drops the padding above
// DataBytes. TLAST is that of the last chunk. Verilog-2001, as Vivado takes no SystemVerilog as a cell of a block design.
module axis_gather #(
  parameter ChunkBytes = 4,
  parameter Chunks = 1,
  parameter DataBytes = 4
) (
  (* X_INTERFACE_INFO = "xilinx.com:signal:clock:1.0 ap_clk CLK",
     X_INTERFACE_PARAMETER = "ASSOCIATED_BUSIF s_axis:m_axis, ASSOCIATED_RESET ap_rst_n" *)
  input                        ap_clk,
  (* X_INTERFACE_INFO = "xilinx.com:signal:reset:1.0 ap_rst_n RST", X_INTERFACE_PARAMETER = "POLARITY ACTIVE_LOW" *)
  input                        ap_rst_n,

  input  [8*ChunkBytes-1:0]    s_axis_tdata,
  input                        s_axis_tvalid,
  output                       s_axis_tready,
  input                        s_axis_tlast,

  output [8*DataBytes-1:0]     m_axis_tdata,
  output                       m_axis_tvalid,
  input                        m_axis_tready,
  output                       m_axis_tlast
);

  generate
    if (Chunks == 1) begin : gen_direct
      assign m_axis_tdata  = s_axis_tdata[8*DataBytes-1:0];
      assign m_axis_tvalid = s_axis_tvalid;
      assign m_axis_tlast  = s_axis_tlast;
      assign s_axis_tready = m_axis_tready;
    end else begin : gen_joined
      reg [8*ChunkBytes*Chunks-1:0] data_q;
      reg                           last_q;
      reg                           full_q;
      reg [15:0]                    count_q;

      assign m_axis_tdata  = data_q[8*DataBytes-1:0];
      assign m_axis_tvalid = full_q;
      assign m_axis_tlast  = last_q;
      assign s_axis_tready = !full_q || m_axis_tready;

      always @(posedge ap_clk) begin
        if (s_axis_tvalid && s_axis_tready) begin
          data_q <= {s_axis_tdata, data_q[8*ChunkBytes*Chunks-1:8*ChunkBytes]};
          last_q <= s_axis_tlast;
        end
        if (!ap_rst_n) begin
          full_q  <= 1'b0;
          count_q <= 16'd0;
        end else if (s_axis_tvalid && s_axis_tready) begin
          full_q  <= count_q == Chunks - 1;
          count_q <= count_q == Chunks - 1 ? 16'd0 : count_q + 16'd1;
        end else if (m_axis_tready) begin
          full_q <= 1'b0;
        end
      end
    end
  endgenerate

endmodule
