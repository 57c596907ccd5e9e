// First-in first-out queue of `Depth` >= 2 beats, one beat a cycle in and out, both sides registered.
//
// Two beats lie in registers (latency 1); deeper queues lie in LUTRAM, or with `Block` in block RAM, behind an output
// register (latency 2). The memory is read into that register as soon as there is room in it.
module ff_fifo #(
  parameter int Width = 1,
  parameter int Depth = 2,
  parameter bit Block = 1'b0
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

  if (Depth <= 2) begin : gen_registers
    ff_skid #(
      .Width(Width)
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
  end else begin : gen_memory
    localparam int AddressWidth = $clog2(Depth);
    localparam int CountWidth = $clog2(Depth + 1);

    logic [AddressWidth-1:0] write_q, read_q;
    logic [CountWidth-1:0] count_q, count_d;
    logic full_q, stored_q, valid_q, push, pop;
    logic [Width-1:0] data_q;

    assign in_ready_o  = ~full_q;
    assign out_data_o  = data_q;
    assign out_valid_o = valid_q;
    assign push        = in_valid_i & ~full_q;
    assign pop         = stored_q & (out_ready_i | ~valid_q);

    always_comb begin
      count_d = count_q;
      if (push && !pop) count_d = count_q + 1'b1;
      if (pop && !push) count_d = count_q - 1'b1;
    end

    // Never written and read at the same address in the same cycle.
    if (Block) begin : gen_block
      (* ram_style = "block" *) logic [Width-1:0] memory[Depth];
      always_ff @(posedge clk_i) if (push) memory[write_q] <= in_data_i;
      always_ff @(posedge clk_i) if (pop) data_q <= memory[read_q];
    end else begin : gen_lut
      (* ram_style = "distributed" *) logic [Width-1:0] memory[Depth];
      always_ff @(posedge clk_i) if (push) memory[write_q] <= in_data_i;
      always_ff @(posedge clk_i) if (pop) data_q <= memory[read_q];
    end

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        write_q  <= '0;
        read_q   <= '0;
        count_q  <= '0;
        full_q   <= 1'b0;
        stored_q <= 1'b0;
        valid_q  <= 1'b0;
      end else begin
        if (push) write_q <= (write_q == AddressWidth'(Depth - 1)) ? '0 : write_q + 1'b1;
        if (pop) read_q <= (read_q == AddressWidth'(Depth - 1)) ? '0 : read_q + 1'b1;
        count_q  <= count_d;
        full_q   <= count_d == CountWidth'(Depth);
        stored_q <= count_d != '0;
        valid_q  <= pop | (valid_q & ~out_ready_i);
      end
    end

`ifndef SYNTHESIS
    always @(posedge clk_i) begin
      if (rst_ni && full_q === 1'b1) assert (count_q == CountWidth'(Depth)) else $error("ff_fifo: full in error");
    end
`endif
  end

`ifndef SYNTHESIS
  initial assert (Depth >= 2) else $error("ff_fifo: Depth must be at least 2");
`endif

endmodule
