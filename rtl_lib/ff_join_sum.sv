// Weighted sum of signed operands modulo 2**SumWidth; part of ff_join, which explains the parameters.
//
// A register stands behind each level of the adder tree but the last.
module ff_join_sum #(
  parameter int Inputs = 2,
  parameter int OperandWidth = 2,
  parameter int SumWidth = 2,
  parameter int DigitBits = 1,
  parameter logic [Inputs*DigitBits-1:0] Plus = '0,
  parameter logic [Inputs*DigitBits-1:0] Minus = '0,
  parameter logic [Inputs-1:0] Dsp = '0,
  parameter int Scaling = 0,
  parameter logic signed [63:0] Constant = 0
) (
  input  logic                           clk_i,
  input  logic                           enable_i,
  input  logic [Inputs*OperandWidth-1:0] operands_i,
  output logic [           SumWidth-1:0] sum_o
);

  localparam int Levels = $clog2(Inputs);
  logic [Inputs*SumWidth-1:0] terms;

  for (genvar i = 0; i < Inputs; i++) begin : gen_term
    localparam logic [DigitBits-1:0] Up = Plus[i*DigitBits+:DigitBits];
    localparam logic [DigitBits-1:0] Down = Minus[i*DigitBits+:DigitBits];
    logic signed [OperandWidth-1:0] operand;
    logic signed [SumWidth-1:0] product;

    ff_delay #(
      .Width(OperandWidth),
      .Depth((Scaling > 1) ? 1 : 0)
    ) u_operand (
      .clk_i,
      .enable_i,
      .data_i(operands_i[i*OperandWidth+:OperandWidth]),
      .data_o(operand)
    );

    if (Dsp[i]) begin : gen_dsp
      localparam logic signed [DigitBits:0] Multiplier = $signed({1'b0, Up}) - $signed({1'b0, Down});
      (* use_dsp = "yes" *) logic signed [SumWidth-1:0] full;
      assign full    = SumWidth'(operand * Multiplier);
      assign product = full;
    end else begin : gen_digits
      always_comb begin
        product = '0;
        for (int bit_index = 0; bit_index < DigitBits; bit_index++) begin
          if (Up[bit_index]) product = product + (SumWidth'(operand) << bit_index);
          if (Down[bit_index]) product = product - (SumWidth'(operand) << bit_index);
        end
      end
    end

    ff_delay #(
      .Width(SumWidth),
      .Depth((Scaling > 0) ? 1 : 0)
    ) u_product (
      .clk_i,
      .enable_i,
      .data_i(product),
      .data_o(terms[i*SumWidth+:SumWidth])
    );
  end

  for (genvar level = 0; level <= Levels; level++) begin : gen_level
    localparam int Count = (Inputs + (1 << level) - 1) >> level;
    logic [Count*SumWidth-1:0] sums, value;

    if (level == 0) begin : gen_terms
      assign sums = terms;
    end else begin : gen_sums
      localparam int Below = (Inputs + (1 << (level - 1)) - 1) >> (level - 1);
      for (genvar i = 0; i < Count; i++) begin : gen_sum
        logic [SumWidth-1:0] left, right;
        assign left = gen_level[level-1].value[2*i*SumWidth+:SumWidth];
        if (2 * i + 1 < Below) begin : gen_pair
          assign right = gen_level[level-1].value[(2*i+1)*SumWidth+:SumWidth];
        end else begin : gen_alone
          assign right = '0;
        end
        assign sums[i*SumWidth+:SumWidth] = left + right;
      end
    end

    ff_delay #(
      .Width(Count * SumWidth),
      .Depth((level > 0 && level < Levels) ? 1 : 0)
    ) u_register (
      .clk_i,
      .enable_i,
      .data_i(sums),
      .data_o(value)
    );
  end

  assign sum_o = gen_level[Levels].value + SumWidth'(Constant);

endmodule
