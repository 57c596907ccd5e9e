// From the accelerator to the DMA: pads a beat of DataBytes bytes with zeros and cuts it into Chunks beats of ChunkBytes
// bytes, the lowest first. TLAST goes with the last chunk. TUSER, which the DMA would drop, is counted: flagged_frames
// counts frames whose TUSER was set. Verilog-2001, as Vivado takes no SystemVerilog as a cell of a block design.
module axis_scatter #(
  parameter ChunkBytes = 4,
  parameter Chunks = 1,
  parameter DataBytes = 4
) (
  (* X_INTERFACE_INFO = "xilinx.com:signal:clock:1.0 ap_clk CLK",
     X_INTERFACE_PARAMETER = "ASSOCIATED_BUSIF s_axis:m_axis, ASSOCIATED_RESET ap_rst_n" *)
  input                        ap_clk,
  (* X_INTERFACE_INFO = "xilinx.com:signal:reset:1.0 ap_rst_n RST", X_INTERFACE_PARAMETER = "POLARITY ACTIVE_LOW" *)
  input                        ap_rst_n,

  input  [8*DataBytes-1:0]     s_axis_tdata,
  input                        s_axis_tvalid,
  output                       s_axis_tready,
  input                        s_axis_tlast,
  input  [0:0]                 s_axis_tuser,

  output [8*ChunkBytes-1:0]    m_axis_tdata,
  output [ChunkBytes-1:0]      m_axis_tkeep,
  output                       m_axis_tvalid,
  input                        m_axis_tready,
  output                       m_axis_tlast,

  output [31:0]                flagged_frames
);

  localparam PaddingBits = 8 * (ChunkBytes * Chunks - DataBytes);

  wire [8*ChunkBytes*Chunks-1:0] padded;
  generate
    if (PaddingBits == 0) begin : gen_unpadded
      assign padded = s_axis_tdata;
    end else begin : gen_padded
      assign padded = {{PaddingBits{1'b0}}, s_axis_tdata};
    end
  endgenerate

  reg [31:0] flagged_q;
  assign flagged_frames = flagged_q;
  always @(posedge ap_clk) begin
    if (!ap_rst_n) flagged_q <= 32'd0;
    else if (s_axis_tvalid && s_axis_tready && s_axis_tlast && s_axis_tuser[0]) flagged_q <= flagged_q + 32'd1;
  end

  assign m_axis_tkeep = {ChunkBytes{1'b1}};

  generate
    if (Chunks == 1) begin : gen_direct
      assign m_axis_tdata  = padded;
      assign m_axis_tvalid = s_axis_tvalid;
      assign m_axis_tlast  = s_axis_tlast;
      assign s_axis_tready = m_axis_tready;
    end else begin : gen_cut
      reg [8*ChunkBytes*Chunks-1:0] data_q;
      reg                           last_q;
      reg [15:0]                    left_q;

      assign m_axis_tdata  = data_q[8*ChunkBytes-1:0];
      assign m_axis_tvalid = left_q != 16'd0;
      assign m_axis_tlast  = last_q && left_q == 16'd1;
      assign s_axis_tready = left_q == 16'd0 || (left_q == 16'd1 && m_axis_tready);

      always @(posedge ap_clk) begin
        if (s_axis_tvalid && s_axis_tready) begin
          data_q <= padded;
          last_q <= s_axis_tlast;
        end else if (m_axis_tvalid && m_axis_tready) begin
          data_q <= data_q >> 8 * ChunkBytes;
        end
        if (!ap_rst_n) left_q <= 16'd0;
        else if (s_axis_tvalid && s_axis_tready) left_q <= Chunks;
        else if (m_axis_tvalid && m_axis_tready) left_q <= left_q - 16'd1;
      end
    end
  endgenerate

endmodule
