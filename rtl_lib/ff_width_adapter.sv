// Changes the number of lanes of `Width` bits in a beat; one of the two numbers divides the other. Latency 1.
//
// The wide side moves a beat every `Ratio` cycles, the narrow side one every cycle; `in_ready_o` depends on registers only.
module ff_width_adapter #(
  parameter int Width = 1,
  parameter int InputLanes = 1,
  parameter int OutputLanes = 1
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic [ InputLanes*Width-1:0] in_data_i,
  input  logic                         in_valid_i,
  output logic                         in_ready_o,
  output logic [OutputLanes*Width-1:0] out_data_o,
  output logic                         out_valid_o,
  input  logic                         out_ready_i
);

  localparam bit Widen = OutputLanes > InputLanes;
  localparam int Ratio = Widen ? OutputLanes / InputLanes : InputLanes / OutputLanes;
  localparam int Narrow = (Widen ? InputLanes : OutputLanes) * Width;
  localparam int Wide = Ratio * Narrow;
  localparam int CountWidth = $clog2(Ratio + 1);

  if (Ratio == 1) begin : gen_equal
    ff_skid #(
      .Width(Narrow)
    ) u_skid (
      .clk_i,
      .rst_ni,
      .in_data_i,
      .in_valid_i,
      .in_ready_o,
      .out_data_o,
      .out_valid_o,
      .out_ready_i
    );
  end else if (Widen) begin : gen_widen
    // The first Ratio - 1 narrow beats are collected; the last one takes them along to the output register.
    logic [Wide-Narrow-1:0] collected_q, collected_d;
    logic [Wide-1:0] data_q;
    logic [CountWidth-1:0] count_q;
    logic valid_q, last, accept;

    assign last        = count_q == CountWidth'(Ratio - 1);
    assign in_ready_o  = ~(last & valid_q);
    assign accept      = in_valid_i & in_ready_o;
    assign out_data_o  = data_q;
    assign out_valid_o = valid_q;

    if (Ratio == 2) begin : gen_two
      assign collected_d = in_data_i;
    end else begin : gen_shift
      assign collected_d = {in_data_i, collected_q[Wide-Narrow-1:Narrow]};
    end

    always_ff @(posedge clk_i) begin
      if (accept && !last) collected_q <= collected_d;
      if (accept && last) data_q <= {in_data_i, collected_q};
    end

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        count_q <= '0;
        valid_q <= 1'b0;
      end else begin
        if (accept) count_q <= last ? '0 : count_q + 1'b1;
        valid_q <= (accept & last) | (valid_q & ~out_ready_i);
      end
    end
  end else begin : gen_narrow
    // One narrow beat stands at the output, the rest waits; a new wide beat is taken once nothing waits. If the output
    // has room its first narrow beat goes straight there.
    logic [Wide-1:0] waiting_q;
    logic [Narrow-1:0] data_q;
    logic [CountWidth-1:0] count_q;
    logic valid_q, empty, advance;

    assign empty       = count_q == '0;
    assign in_ready_o  = empty;
    assign advance     = out_ready_i | ~valid_q;
    assign out_data_o  = data_q;
    assign out_valid_o = valid_q;

    always_ff @(posedge clk_i) begin
      if (advance) data_q <= empty ? in_data_i[Narrow-1:0] : waiting_q[Narrow-1:0];
      if (empty && !advance) waiting_q <= in_data_i;
      else if (advance) waiting_q <= {Narrow'(0), empty ? in_data_i[Wide-1:Narrow] : waiting_q[Wide-1:Narrow]};
    end

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        count_q <= '0;
        valid_q <= 1'b0;
      end else begin
        if (empty && in_valid_i) count_q <= advance ? CountWidth'(Ratio - 1) : CountWidth'(Ratio);
        else if (!empty && advance) count_q <= count_q - 1'b1;
        if (advance) valid_q <= in_valid_i | ~empty;
      end
    end
  end

`ifndef SYNTHESIS
  initial begin
    assert (Ratio * (Widen ? InputLanes : OutputLanes) == (Widen ? OutputLanes : InputLanes))
    else $error("ff_width_adapter: neither number of lanes divides the other");
  end
`endif

endmodule
