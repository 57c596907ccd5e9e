// A tiny accelerator to try the simulations with: frames of Beats beats, three signed 5-bit elements a beat; each beat
// becomes their sum, a signed 7-bit element. A frame is collected in one of two banks, and sent once it is complete.
// Defining one of the BUG_ macros makes it wrong in the way its name says.
module sums #(
  parameter int unsigned Beats = 4
) (
  input  logic        ap_clk,
  input  logic        ap_rst_n,
  input  logic [15:0] s_axis_tdata,
  input  logic        s_axis_tvalid,
  output logic        s_axis_tready,
  input  logic        s_axis_tlast,
  output logic [ 7:0] m_axis_tdata,
  output logic        m_axis_tvalid,
  input  logic        m_axis_tready,
  output logic        m_axis_tlast,
  output logic [ 0:0] m_axis_tuser
);
  localparam int unsigned CountWidth = $clog2(Beats);
  localparam logic [CountWidth-1:0] LastBeat = CountWidth'(Beats - 1);

  logic [6:0] bank_q[2*Beats];
  logic [1:0] full_q, flag_q;
  logic write_bank_q, read_bank_q, padding_q, overlong_q, wrong_q;
  logic [CountWidth-1:0] write_q, read_q;
  logic [7:0] frames_q;

  wire write = !full_q[write_bank_q] && (padding_q || s_axis_tvalid);
  wire read = m_axis_tvalid && m_axis_tready;
  wire last_write = write_q == LastBeat;
  wire last_read = read_q == LastBeat;
  wire short_frame = padding_q || (s_axis_tlast && !last_write);
  wire long_frame = overlong_q || (!padding_q && last_write && !s_axis_tlast);

  wire signed [6:0] lane0 = 7'($signed(s_axis_tdata[4:0]));
  wire signed [6:0] lane1 = 7'($signed(s_axis_tdata[9:5]));
  wire signed [6:0] lane2 = 7'($signed(s_axis_tdata[14:10]));

  assign s_axis_tready = !full_q[write_bank_q] && !padding_q;

`ifdef BUG_SHIFTED_FRAME
  localparam logic [CountWidth-1:0] Shift = 1;
`else
  localparam logic [CountWidth-1:0] Shift = 0;
`endif
  wire [CountWidth-1:0] read_address = read_q + Shift;

`ifdef BUG_WRONG_BIT
  wire wrong_bit = frames_q == 3 && read_q == 2;
`else
  wire wrong_bit = 0;
`endif
  assign m_axis_tdata = 8'(bank_q[{read_bank_q, read_address}]) ^ {5'b0, wrong_bit, 2'b0};

`ifdef BUG_DEADLOCK
  assign m_axis_tvalid = full_q[read_bank_q] && frames_q < 3;
`elsif BUG_DROPPED_VALID
  assign m_axis_tvalid = full_q[read_bank_q] && !wrong_q;
`else
  assign m_axis_tvalid = full_q[read_bank_q];
`endif

`ifdef BUG_LOST_TLAST
  assign m_axis_tlast = last_read && frames_q != 2;
`else
  assign m_axis_tlast = last_read;
`endif

`ifdef BUG_FLAG
  assign m_axis_tuser = last_read && (flag_q[read_bank_q] || frames_q == 1);
`elsif BUG_EARLY_FLAG
  assign m_axis_tuser = last_read ? flag_q[read_bank_q] : frames_q == 1 && read_q == 1;
`else
  assign m_axis_tuser = last_read && flag_q[read_bank_q];
`endif

  always_ff @(posedge ap_clk) begin
    if (!ap_rst_n) begin
`ifndef BUG_RESET
      write_q <= '0;
      padding_q <= 1'b0;
`endif
      full_q <= '0;
      flag_q <= '0;
      write_bank_q <= 1'b0;
      read_bank_q <= 1'b0;
      overlong_q <= 1'b0;
      read_q <= '0;
      frames_q <= '0;
      wrong_q <= 1'b0;
    end else begin
      wrong_q <= frames_q == 2 && m_axis_tvalid && !m_axis_tready;
      if (write) begin
        bank_q[{write_bank_q, write_q}] <= padding_q ? '0 : lane0 + lane1 + lane2;
        write_q <= last_write ? '0 : write_q + 1'b1;
        padding_q <= short_frame && !last_write;
        if (last_write) begin
          full_q[write_bank_q] <= 1'b1;
          flag_q[write_bank_q] <= short_frame || long_frame;
          write_bank_q <= !write_bank_q;
`ifdef BUG_FORGETS_OVERLONG
          overlong_q <= 1'b0;
`else
          overlong_q <= !padding_q && !s_axis_tlast;
`endif
        end
      end
      if (read) begin
        read_q <= last_read ? '0 : read_q + 1'b1;
        if (last_read) begin
`ifdef BUG_SURPLUS
          full_q[read_bank_q] <= frames_q == 5;
          read_bank_q <= frames_q == 5 ? read_bank_q : !read_bank_q;
`else
          full_q[read_bank_q] <= 1'b0;
          read_bank_q <= !read_bank_q;
`endif
          frames_q <= frames_q + 1'b1;
        end
      end
`ifdef BUG_ASSERTION
      assert (frames_q < 2) else $error("frame 2 is one too many");
`endif
`ifdef BUG_FINISH
      if (frames_q == 2) $finish;
`endif
    end
  end
endmodule
