using System.CommandLine;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Rollcall.Cli.Output;
using Rollcall.Grpc.Dynamic;

namespace Rollcall.Cli.Commands.Calls;

/// <summary><c>rollcall describe TARGET [SYMBOL]</c>: what services, methods and messages a server has.</summary>
internal static class DescribeCommand
{
    private static readonly JsonFormatter s_json = new(JsonFormatter.Settings.Default.WithIndentation());

    public static Command Create(Terminal terminal)
    {
        var symbol = new Argument<string?>("SYMBOL")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "Full name of a service, method, message, enum or extension. Nothing: the services are listed.",
        };
        var example = new Option<bool>("--example") { Description = "Print JSON that fits: of a message, or of a method's request." };
        var json = new Option<bool>("--json") { Description = "Print the definition as JSON: of services an array of names, else the descriptor." };
        var command = new Command("describe", "Show the services of a gRPC server, and what their methods take and give.");
        var options = new PeerOptions(command, terminal);
        command.Arguments.Add(symbol);
        command.Options.Add(example);
        command.Options.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var peer = options.Open(parsed);
            return await CallGuard.RunAsync(terminal, CreateOutput, DescribeAsync, cancellationToken);

            async Task<int> DescribeAsync(CancellationToken cancellation)
            {
                if (parsed.GetValue(symbol) is { } name)
                {
                    var found = await FindAsync(peer, name, cancellation);
                    await terminal.Output.WriteLineAsync(Format(found, parsed.GetValue(example), parsed.GetValue(json)));
                }
                else if (parsed.GetValue(example))
                {
                    throw new CommandFailure("--example needs the name of a method or message.", ExitCode.Usage);
                }
                else
                {
                    await WriteServicesAsync(terminal.Output, await peer.Definitions.ListServicesAsync(cancellation), parsed.GetValue(json));
                }

                return ExitCode.Success;
            }

            ICallOutput CreateOutput(bool isIndented) => new TextCallOutput(terminal, peer.Target, isIndented, isVerbose: false);
        });
        return command;
    }

    private static async Task<IDescriptor> FindAsync(Peer peer, string name, CancellationToken cancellationToken)
    {
        // A method is a symbol with a dot in front of its name; calls write a slash there.
        var symbol = name.TrimStart('/', '.').Replace('/', '.');
        var catalog = await peer.Definitions.LoadAsync(symbol, cancellationToken);
        if (catalog is not null && Find(catalog, symbol) is { } found)
        {
            return found;
        }

        if (name.Contains('/', StringComparison.Ordinal))
        {
            return (await MethodLookup.FindAsync(peer, name, cancellationToken)).Method;
        }

        var services = await peer.Definitions.ListServicesAsync(cancellationToken);
        if (services.FirstOrDefault(service => symbol == service || symbol.StartsWith(service + ".", StringComparison.Ordinal)) is { } listed
            && (await peer.Definitions.LoadAsync(listed, cancellationToken))?.FindService(listed) is null)
        {
            throw MethodLookup.Undefined(peer, listed);
        }

        throw new CommandFailure($"{peer.Target.Given} has nothing that is called '{name}'. {Suggestion.For(symbol, services, "services")}");
    }

    private static IDescriptor? Find(MessageCatalog catalog, string symbol)
    {
        if ((catalog.FindService(symbol) ?? catalog.FindMessage(symbol) ?? catalog.FindEnum(symbol) ?? (IDescriptor?)catalog.FindExtension(symbol)) is { } found)
        {
            return found;
        }

        var dot = symbol.LastIndexOf('.');
        if (dot <= 0)
        {
            return null;
        }

        // Methods are asked for, and so are fields and values: these are shown within what they belong to.
        var (parent, last) = (symbol[..dot], symbol[(dot + 1)..]);
        return catalog.FindService(parent)?.FindMethodByName(last)
            ?? (catalog.FindMessage(parent) is { } message && message.FindFieldByName(last) is not null ? message : null)
            ?? (catalog.FindEnum(parent) is { } enumeration && enumeration.FindValueByName(last) is not null ? enumeration : (IDescriptor?)null);
    }

    private static async Task WriteServicesAsync(TextWriter output, IReadOnlyList<string> services, bool asJson)
    {
        if (asJson)
        {
            await JsonText.WriteAsync(output, services, CliJsonContext.Default.IReadOnlyListString);
            return;
        }

        foreach (var service in services)
        {
            await output.WriteLineAsync(PeerText.OneLine(service));
        }
    }

    private static string Format(IDescriptor symbol, bool asExample, bool asJson)
    {
        if (asExample)
        {
            return symbol switch
            {
                MethodDescriptor method => ExampleJson.Of(method.InputType),
                MessageDescriptor message => ExampleJson.Of(message),
                _ => throw new CommandFailure($"--example is for methods and messages, and {symbol.FullName} is neither.", ExitCode.Usage),
            };
        }

        if (asJson)
        {
            return s_json.Format(ToProto(symbol));
        }

        return symbol switch
        {
            ServiceDescriptor service => DefinitionText.Of(service),
            MethodDescriptor method => string.Join(
                "\n\n",
                new[] { DefinitionText.Of(method) }.Concat(new[] { method.InputType, method.OutputType }.Distinct().Select(DefinitionText.Of))),
            MessageDescriptor message => DefinitionText.Of(message),
            EnumDescriptor enumeration => DefinitionText.Of(enumeration),
            _ => DefinitionText.Of((FieldDescriptor)symbol),
        };
    }

    private static IMessage ToProto(IDescriptor symbol) => symbol switch
    {
        ServiceDescriptor service => service.ToProto(),
        MethodDescriptor method => method.ToProto(),
        MessageDescriptor message => message.ToProto(),
        EnumDescriptor enumeration => enumeration.ToProto(),
        _ => ((FieldDescriptor)symbol).ToProto(),
    };
}
