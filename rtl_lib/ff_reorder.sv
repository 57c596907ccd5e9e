// Beats of blocks in another order: some several times, some not at all, with padding between.
//
// A block has `InputBeats` beats in and `OutputBeats` beats out. Word n of the ROM `OrderFile` (of one output beat: the
// constant `Order`) says what output beat n is: the number of an input beat, above it a bit for padding, and one for the
// last word. Writer and reader of a circle of `Depth` beats run on their own. `ahead_q` counts the beats written from the
// start of the block on that is read (it is negative while beats of a block that has left are still to come): those below
// it can be read, and at `Limit` there is no room. A block's first beat, if it is padding, waits for an input beat, so that
// no frame leaves before it has begun.
//
// Latency 3 from the input beat: write, read, output register.
module ff_reorder #(
  parameter int Width = 1,
  parameter int InputBeats = 1,
  parameter int OutputBeats = 1,
  parameter int Depth = 2,
  parameter int Limit = 2,
  parameter bit Block = 1'b0,
  parameter logic [Width-1:0] Padding = '0,
  parameter OrderFile = "",
  parameter logic [((InputBeats > 1) ? $clog2(InputBeats) : 1)+1:0] Order = '0,
  parameter bit OrderBlock = 1'b0
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

  localparam int BeatWidth = (InputBeats > 1) ? $clog2(InputBeats) : 1;
  localparam int AddressWidth = $clog2(Depth);
  localparam int AheadWidth = 1 + $clog2((InputBeats > Limit + 1) ? InputBeats : Limit + 1);
  localparam bit Wraps = Depth != 1 << AddressWidth;
  localparam int Advance = InputBeats % Depth;

  // Writer
  logic write;
  logic [AddressWidth-1:0] write_q;
  logic signed [AheadWidth-1:0] ahead_q, freed;

  assign in_ready_o = ahead_q != AheadWidth'(Limit);
  assign write      = in_valid_i & in_ready_o;

  // Reader: the order is one word ahead of it, in a register.
  logic enable, step, next, word_valid_q, first_q, last, padding, ready;
  logic [BeatWidth-1:0] beat;
  logic [AddressWidth-1:0] start_q, start_d, read_address;

  assign next = step | ~word_valid_q;

  ff_fold_rom #(
    .Width(BeatWidth + 2),
    .Folds(OutputBeats),
    .File (OrderFile),
    .Value(Order),
    .Block(OrderBlock),
    .Late (1'b1)
  ) u_order (
    .clk_i,
    .rst_ni,
    .step_i(next),
    .word_o({last, padding, beat})
  );

  assign ready = word_valid_q & ((padding & ~first_q) | ($signed(AheadWidth'(beat)) < ahead_q));
  assign step  = enable & ready;
  assign freed = (step & last) ? AheadWidth'(InputBeats) : '0;

  if (Wraps) begin : gen_wrap
    logic [AddressWidth:0] read_sum, start_sum;
    assign read_sum     = {1'b0, start_q} + (AddressWidth + 1)'(beat);
    assign start_sum    = {1'b0, start_q} + (AddressWidth + 1)'(Advance);
    assign read_address = (read_sum >= (AddressWidth + 1)'(Depth)) ? AddressWidth'(read_sum - (AddressWidth + 1)'(Depth)) : read_sum[AddressWidth-1:0];
    assign start_d      = (start_sum >= (AddressWidth + 1)'(Depth)) ? AddressWidth'(start_sum - (AddressWidth + 1)'(Depth)) : start_sum[AddressWidth-1:0];
  end else begin : gen_power
    assign read_address = start_q + AddressWidth'(beat);
    assign start_d      = start_q + AddressWidth'(Advance);
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      word_valid_q <= 1'b0;
      first_q      <= 1'b1;
      write_q      <= '0;
      start_q      <= '0;
      ahead_q      <= '0;
    end else begin
      word_valid_q <= 1'b1;
      if (step) first_q <= last;
      if (write) write_q <= (Wraps && write_q == AddressWidth'(Depth - 1)) ? '0 : write_q + 1'b1;
      if (step && last) start_q <= start_d;
      ahead_q <= ahead_q - freed + AheadWidth'(write);
    end
  end

  // Memory and output
  logic [Width-1:0] result;

  ff_window_memory #(
    .Width  (Width),
    .Depth  (Depth),
    .Block  (Block),
    .Padding(Padding)
  ) u_memory (
    .clk_i,
    .write_i        (write),
    .write_address_i(write_q),
    .write_data_i   (in_data_i),
    .read_i         (enable),
    .padding_i      (padding),
    .read_address_i (read_address),
    .read_data_o    (result)
  );

  ff_pipeline #(
    .Width(Width),
    .Depth(2)
  ) u_pipeline (
    .clk_i,
    .rst_ni,
    .valid_i (ready),
    .enable_o(enable),
    .result_i(result),
    .out_data_o,
    .out_valid_o,
    .out_ready_i
  );

`ifndef SYNTHESIS
  initial assert (Depth >= Limit) else $error("ff_reorder: the memory is too small for Limit");
`endif

endmodule
