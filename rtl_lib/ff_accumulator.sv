// `result_o` = `Start` + the sum of (term << Shift) + carry since the last `last_i` or reset, the present term included,
// modulo 2**Width.
//
// The running sum is kept in cycles with `enable_i`; after one with `last_i` a new one starts, which costs nothing: that is
// the reset of flip-flops. Without `Accumulate` every term is the last.
module ff_accumulator #(
  parameter int Width = 1,
  parameter int Shift = 0,
  parameter int Start = 0,
  parameter bit Accumulate = 1'b1
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             enable_i,
  input  logic             last_i,
  input  logic [Width-1:0] term_i,
  input  logic             carry_i,
  output logic [Width-1:0] result_o
);

  logic [Width-1:0] base;
  assign result_o = (term_i << Shift) + base + Width'(carry_i);

  if (Accumulate) begin : gen_register
    logic [Width-1:0] sum_q;
    always_ff @(posedge clk_i) begin
      if (!rst_ni || (enable_i && last_i)) sum_q <= Width'(Start);
      else if (enable_i) sum_q <= result_o;
    end
    assign base = sum_q;
  end else begin : gen_constant
    logic unused;
    assign unused = clk_i & rst_ni & enable_i & last_i;
    assign base   = Width'(Start);
  end

endmodule
