// Sum of the products of one row of weights with the inputs of a beat, by shifts alone; part of ff_dense.
//
// A weight is the sum of one or two signed digits (`Digits`), the first of them in the least significant bits: digit d is one of
// ff_shift_products with its shifts in byte 1 to 7 of word d of `Shifts`, times 2**(byte 0), which is 0 for the first. Each
// digit has a tree of its own, as narrow as its shifts allow; then the two sums are added. The row's sum is `sum_o` +
// `carry_o`. Registers, `Offset`, `Total`: see ff_adder_tree.
module ff_shift_row #(
  parameter int Simd = 1,
  parameter int InputWidth = 1,
  parameter bit InputSigned = 1'b0,
  parameter int Digits = 1,
  parameter int FineBits = 1,
  parameter int CoarseBits = 0,
  parameter logic [64*Digits-1:0] Shifts = '0,
  parameter int SumWidth = 2,
  parameter int Offset = 0,
  parameter int Total = 1
) (
  input  logic                                           clk_i,
  input  logic                                           enable_i,
  input  logic [                    Simd*InputWidth-1:0] inputs_i,
  input  logic [Simd*Digits*(FineBits+CoarseBits+1)-1:0] weights_i,
  output logic [                           SumWidth-1:0] sum_o,
  output logic                                           carry_o
);

  localparam int DigitWidth = FineBits + CoarseBits + 1;
  localparam int Base = Offset + $clog2(Simd);

  function automatic int largest(input int first, input int count, input int digit);
    largest = 0;
    for (int i = first; i < first + count; i++) begin
      if (int'(Shifts[64*digit+8*i+:8]) > largest) largest = int'(Shifts[64*digit+8*i+:8]);
    end
  endfunction

  for (genvar d = 0; d < Digits; d++) begin : gen_digit
    localparam int Reach = largest(1, 3, d) + largest(4, 4, d);
    localparam int Width = InputWidth + Reach + (InputSigned ? 0 : 1);
    localparam int Shift = int'(Shifts[64*d+:8]);
    localparam int Position = Base + d;
    localparam bit Register = (d > 0) && (Position < Total) && (Position % 2 == 0);

    logic [Simd*DigitWidth-1:0] digits;
    logic [Simd*Width-1:0] products;
    logic [Simd-1:0] carries;
    logic [SumWidth-1:0] term, total, total_q;
    logic term_carry, carry, carry_q;

    for (genvar s = 0; s < Simd; s++) begin : gen_input
      assign digits[s*DigitWidth+:DigitWidth] = weights_i[(s*Digits+d)*DigitWidth+:DigitWidth];
    end

    ff_shift_products #(
      .Simd       (Simd),
      .InputWidth (InputWidth),
      .InputSigned(InputSigned),
      .FineBits   (FineBits),
      .CoarseBits (CoarseBits),
      .Shifts     (Shifts[64*d+:64]),
      .Width      (Width)
    ) u_products (
      .inputs_i,
      .digits_i  (digits),
      .products_o(products),
      .carries_o (carries)
    );

    ff_carry_tree #(
      .Operands   (Simd),
      .Width      (Width),
      .Signed     (1'b1),
      .OutputWidth(SumWidth),
      .Offset     (Offset),
      .Total      (Total)
    ) u_tree (
      .clk_i,
      .enable_i,
      .operands_i(products),
      .carries_i (carries),
      .sum_o     (term),
      .carry_o   (term_carry)
    );

    if (d == 0) begin : gen_first
      assign total = term;
      assign carry = term_carry;
    end else begin : gen_next
      logic [SumWidth-1:0] below;
      // Yosys would replace wide sums of several adders by larger ones without carry chains.
`ifdef YOSYS
      (* keep *)
`endif
      logic [SumWidth-1:0] added;
      assign below = gen_digit[d-1].total_q;
      assign added = (below >> Shift) + term + SumWidth'(term_carry);
      assign total = (added << Shift) | (below & ~({SumWidth{1'b1}} << Shift));
      assign carry = gen_digit[d-1].carry_q;
    end

    ff_delay #(
      .Width(SumWidth + 1),
      .Depth(Register ? 1 : 0)
    ) u_register (
      .clk_i,
      .enable_i,
      .data_i({carry, total}),
      .data_o({carry_q, total_q})
    );
  end

  assign sum_o   = gen_digit[Digits-1].total_q;
  assign carry_o = gen_digit[Digits-1].carry_q;

`ifndef SYNTHESIS
  initial assert (Digits <= 2) else $error("ff_shift_row: trees of further digits would need delays");
`endif

endmodule
