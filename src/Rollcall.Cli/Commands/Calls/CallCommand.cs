using System.CommandLine;

namespace Rollcall.Cli.Commands.Calls;

/// <summary><c>rollcall call TARGET SERVICE/METHOD [JSON]</c>: calls a gRPC method without generated code.</summary>
internal static class CallCommand
{
    private const string Details = """
        Examples:
          rollcall call demo hello.HelloService/SayHello '{"name":"Yu"}'
          rollcall call localhost:5000 chat.Chat/Talk          messages from the keyboard, Ctrl+D ends them
          rollcall call https://api.example.com shop.Shop/Buy @order.json -H @token.txt --deadline 2s

        Exit codes: 0 the call ended with OK; 64 and the status, if it ended with
        another one (69 is NotFound, 78 Unavailable, 65 a call that Ctrl+C cancelled,
        77 also a response that is none of what the method gives); 1 it could not be
        made, for example because there is no such method; 2 the command line is wrong
        or the JSON does not fit.

        """;

    public static Command Create(Terminal terminal)
    {
        var method = new Argument<string>("METHOD") { Description = "SERVICE/METHOD, such as hello.HelloService/SayHello." };
        var json = new Argument<string?>("JSON")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "The request; @FILE takes it from a file, - from standard input. For a stream, any number of values. "
                + "Nothing: an empty message, and for a stream standard input.",
        };
        var asJson = new Option<bool>("--json") { Description = "Print an object a line: the responses, and at the end status, headers, trailers and instance." };
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Say on standard error who answered, with which headers and trailers." };
        var defaults = new Option<bool>("--emit-defaults") { Description = "Show fields of responses also if they are zero or empty." };
        var command = new DetailedCommand("call", "Call a gRPC method by address or by name, with JSON.", Details);
        var options = new PeerOptions(command, terminal);
        command.Arguments.Add(method);
        command.Arguments.Add(json);
        command.Options.Add(asJson);
        command.Options.Add(verbose);
        command.Options.Add(defaults);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var peer = options.Open(parsed);
            var forPrograms = parsed.GetValue(asJson) ? new JsonCallOutput(terminal.Output) : null;
            return await CallGuard.RunAsync(terminal, CreateOutput, CallAsync, cancellationToken);

            async Task<int> CallAsync(CancellationToken cancellation)
            {
                var (catalog, found) = await MethodLookup.FindAsync(peer, parsed.GetRequiredValue(method), cancellation);
                var requests = new RequestSource(parsed.GetValue(json), terminal);
                return await new CallRun(peer, catalog, found, requests, CreateOutput(!found.IsServerStreaming), parsed.GetValue(defaults))
                    .RunAsync(cancellation);
            }

            // The first is of the whole command: it has one end.
            ICallOutput CreateOutput(bool isIndented) => (ICallOutput?)forPrograms ?? new TextCallOutput(terminal, peer.Target, isIndented, parsed.GetValue(verbose));
        });
        return command;
    }
}
