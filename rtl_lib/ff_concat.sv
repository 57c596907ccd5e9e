// Beats of `Inputs` streams in turn: `Counts[0]` beats of the first, `Counts[1]` of the second, ..., again and again.
// Latency 1. `Most` is the largest count; input 0 is in the least significant bits of every port.
//
// `in_ready_o` depends on registers only: whose turn it is, and whether the output has room.
module ff_concat #(
  parameter int Inputs = 2,
  parameter int Width = 1,
  parameter int Most = 1,
  parameter logic [Inputs*32-1:0] Counts = {Inputs{32'd1}}
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic [Inputs*Width-1:0] in_data_i,
  input  logic [      Inputs-1:0] in_valid_i,
  output logic [      Inputs-1:0] in_ready_o,
  output logic [       Width-1:0] out_data_o,
  output logic                    out_valid_o,
  input  logic                    out_ready_i
);

  localparam int CountWidth = (Most > 1) ? $clog2(Most) : 1;

  logic [Inputs-1:0] turn_q, at_end;
  logic [CountWidth-1:0] count_q;
  logic [Width-1:0] beat;
  logic room, valid, last;

  assign in_ready_o = turn_q & {Inputs{room}};
  assign valid      = |(turn_q & in_valid_i);
  assign last       = |(turn_q & at_end);

  for (genvar i = 0; i < Inputs; i++) begin : gen_end
    localparam int Count = Counts[i*32+:32];
    assign at_end[i] = count_q == CountWidth'(Count - 1);
  end

  always_comb begin
    beat = '0;
    for (int i = 0; i < Inputs; i++) beat = beat | (in_data_i[i*Width+:Width] & {Width{turn_q[i]}});
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      turn_q  <= Inputs'(1);
      count_q <= '0;
    end else if (room && valid) begin
      count_q <= last ? '0 : count_q + 1'b1;
      if (last) turn_q <= {turn_q[Inputs-2:0], turn_q[Inputs-1]};
    end
  end

  ff_skid #(
    .Width(Width)
  ) u_skid (
    .clk_i,
    .rst_ni,
    .in_data_i (beat),
    .in_valid_i(valid),
    .in_ready_o(room),
    .out_data_o,
    .out_valid_o,
    .out_ready_i
  );

`ifndef SYNTHESIS
  initial assert (Inputs >= 2) else $error("ff_concat: one input needs no turns");
`endif

endmodule
