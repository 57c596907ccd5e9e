// Two-entry output register: cuts every combinational path between its two sides.
//
// The first entry drives the output; the second catches what arrives in the cycle in which the output stalls, so that
// `in_ready_o` is a register. Latency 1, one beat a cycle.
module ff_skid #(
  parameter int Width = 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [Width-1:0] in_data_i,
  input  logic             in_valid_i,
  output logic             in_ready_o,
  output logic [Width-1:0] out_data_o,
  output logic             out_valid_o,
  input  logic             out_ready_i
);

  logic [Width-1:0] data_q, spare_q;
  logic             valid_q, spare_valid_q;
  logic             advance;

  assign advance     = out_ready_i | ~valid_q;
  assign in_ready_o  = ~spare_valid_q;
  assign out_data_o  = data_q;
  assign out_valid_o = valid_q;

  always_ff @(posedge clk_i) begin
    if (advance) data_q <= spare_valid_q ? spare_q : in_data_i;
    if (!spare_valid_q) spare_q <= in_data_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q       <= 1'b0;
      spare_valid_q <= 1'b0;
    end else begin
      if (advance) valid_q <= spare_valid_q | in_valid_i;
      spare_valid_q <= ~advance & (spare_valid_q | in_valid_i);
    end
  end

`ifndef SYNTHESIS
  // A beat once offered stays until it is taken.
  logic [Width-1:0] offered_q;
  logic             stalled_q;
  always @(posedge clk_i) begin
    stalled_q <= rst_ni & out_valid_o & ~out_ready_i;
    offered_q <= out_data_o;
    if (rst_ni && stalled_q === 1'b1) begin
      assert (out_valid_o && out_data_o === offered_q) else $error("ff_skid: an offered beat changed");
    end
  end
`endif

endmodule
