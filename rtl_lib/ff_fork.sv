// Offers each beat to `Copies` readers, each of which takes it once and in its own time. Latency 1.
//
// Two entries: the first is offered, with a bit for each copy that still has to be taken; the second catches what arrives
// meanwhile, so that `in_ready_o` is a register. The next beat is offered once all copies of this one are taken.
module ff_fork #(
  parameter int Width = 1,
  parameter int Copies = 2
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic [       Width-1:0] in_data_i,
  input  logic                    in_valid_i,
  output logic                    in_ready_o,
  output logic [Copies*Width-1:0] out_data_o,
  output logic [      Copies-1:0] out_valid_o,
  input  logic [      Copies-1:0] out_ready_i
);

  logic [Width-1:0] data_q, spare_q;
  logic [Copies-1:0] pending_q, left;
  logic spare_valid_q, advance, arrives;

  assign left        = pending_q & ~out_ready_i;
  assign advance     = left == '0;
  assign arrives     = spare_valid_q | in_valid_i;
  assign in_ready_o  = ~spare_valid_q;
  assign out_data_o  = {Copies{data_q}};
  assign out_valid_o = pending_q;

  always_ff @(posedge clk_i) begin
    if (advance) data_q <= spare_valid_q ? spare_q : in_data_i;
    if (!spare_valid_q) spare_q <= in_data_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      pending_q     <= '0;
      spare_valid_q <= 1'b0;
    end else begin
      pending_q     <= advance ? {Copies{arrives}} : left;
      spare_valid_q <= ~advance & arrives;
    end
  end

`ifndef SYNTHESIS
  // A copy once offered stays until it is taken.
  logic [ Width-1:0] offered_q;
  logic [Copies-1:0] left_q;
  always @(posedge clk_i) begin
    left_q    <= rst_ni ? left : '0;
    offered_q <= data_q;
    if (rst_ni && (left_q !== '0) && (^left_q !== 1'bx)) begin
      assert ((out_valid_o & left_q) == left_q && data_q === offered_q) else $error("ff_fork: an offered copy changed");
    end
  end
`endif

endmodule
