// `result_o` = `Start` + the sum of (term << Shift) + carry since the last `first_i`, the present term included, modulo
// 2**Width.
//
// The running sum is kept in cycles with `enable_i`. Without `Accumulate` every term is the first.
module ff_accumulator #(
  parameter int Width = 1,
  parameter int Shift = 0,
  parameter int Start = 0,
  parameter bit Accumulate = 1'b1
) (
  input  logic             clk_i,
  input  logic             enable_i,
  input  logic             first_i,
  input  logic [Width-1:0] term_i,
  input  logic             carry_i,
  output logic [Width-1:0] result_o
);

  logic [Width-1:0] base;
  // The term comes first: an adder's carry chain needs its first operand as a signal, the choice fits into its LUTs.
  assign result_o = (term_i << Shift) + base + Width'(carry_i);

  if (Accumulate) begin : gen_register
    logic [Width-1:0] sum_q;
    always_ff @(posedge clk_i) if (enable_i) sum_q <= result_o;
    assign base = first_i ? Width'(Start) : sum_q;
  end else begin : gen_constant
    logic unused;
    assign unused = clk_i & enable_i & first_i;
    assign base   = Width'(Start);
  end

endmodule
