// Takes a beat of every input at once and makes one of them, lane by lane: `sum_i (Plus[i] - Minus[i]) * x_i + Constant`,
// or with `Multiply` the product of all. Latency: Inputs + 1 with `Multiply`, else `Scaling` + $clog2(Inputs).
//
// Inputs are signed, `OperandWidth` bits a lane, input 0 in the least significant bits of every port. Results are exact
// modulo 2**SumWidth, `OutputWidth` bits of which leave. `Dsp[i]`: the product with a constant is one of a DSP block,
// else an adder for each digit of it; `Scaling` registers (0 to 2) stand around the products.
//
// An input is taken when all are there: its ready depends on the others' valid, never on `out_ready_i` in the same cycle.
module ff_join #(
  parameter int Inputs = 2,
  parameter int Lanes = 1,
  parameter int OperandWidth = 2,
  parameter int SumWidth = 2,
  parameter int OutputWidth = 2,
  parameter bit Multiply = 1'b0,
  parameter int DigitBits = 1,
  parameter logic [Inputs*DigitBits-1:0] Plus = '0,
  parameter logic [Inputs*DigitBits-1:0] Minus = '0,
  parameter logic [Inputs-1:0] Dsp = '0,
  parameter int Scaling = 0,
  parameter logic signed [63:0] Constant = 0
) (
  input  logic                                 clk_i,
  input  logic                                 rst_ni,
  input  logic [Inputs*Lanes*OperandWidth-1:0] in_data_i,
  input  logic [                   Inputs-1:0] in_valid_i,
  output logic [                   Inputs-1:0] in_ready_o,
  output logic [        Lanes*OutputWidth-1:0] out_data_o,
  output logic                                 out_valid_o,
  input  logic                                 out_ready_i
);

  logic enable, complete;
  logic [Lanes*OutputWidth-1:0] results;

  assign complete   = &in_valid_i;
  assign in_ready_o = {Inputs{enable & complete}};

  for (genvar p = 0; p < Lanes; p++) begin : gen_lane
    logic [Inputs*OperandWidth-1:0] operands;
    logic [SumWidth-1:0] result;

    for (genvar i = 0; i < Inputs; i++) begin : gen_operand
      assign operands[i*OperandWidth+:OperandWidth] = in_data_i[(i*Lanes+p)*OperandWidth+:OperandWidth];
    end

    if (Multiply) begin : gen_product
      ff_join_product #(
        .Inputs      (Inputs),
        .OperandWidth(OperandWidth),
        .SumWidth    (SumWidth)
      ) u_product (
        .clk_i,
        .enable_i  (enable),
        .operands_i(operands),
        .product_o (result)
      );
    end else begin : gen_sum
      ff_join_sum #(
        .Inputs      (Inputs),
        .OperandWidth(OperandWidth),
        .SumWidth    (SumWidth),
        .DigitBits   (DigitBits),
        .Plus        (Plus),
        .Minus       (Minus),
        .Dsp         (Dsp),
        .Scaling     (Scaling),
        .Constant    (Constant)
      ) u_sum (
        .clk_i,
        .enable_i  (enable),
        .operands_i(operands),
        .sum_o     (result)
      );
    end

    assign results[p*OutputWidth+:OutputWidth] = result[OutputWidth-1:0];
    if (SumWidth > OutputWidth) begin : gen_sign
      logic unused;
      assign unused = ^result[SumWidth-1:OutputWidth];
    end
  end

  ff_pipeline #(
    .Width(Lanes * OutputWidth),
    .Depth(Multiply ? Inputs + 1 : Scaling + $clog2(Inputs))
  ) u_pipeline (
    .clk_i,
    .rst_ni,
    .valid_i (complete),
    .enable_o(enable),
    .result_i(results),
    .out_data_o,
    .out_valid_o,
    .out_ready_i
  );

`ifndef SYNTHESIS
  initial assert (Inputs >= 2 && SumWidth >= OutputWidth) else $error("ff_join: wrong parameters");
`endif

endmodule
