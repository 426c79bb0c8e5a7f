using System.CommandLine;
using Grpc.Core;
using Rollcall.Consul.Wire;
using Rollcall.Discovery.Consul;
using Rollcall.Grpc.Client;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>The options by which <c>call</c> and <c>describe</c> reach a server and learn what it offers.</summary>
internal sealed class PeerOptions
{
    private static readonly TimeSpan s_reflectionTimeout = TimeSpan.FromSeconds(10);

    private readonly Terminal _terminal;
    private readonly TlsOptions _tls;
    private readonly ConsulConnection _consul;

    private readonly Argument<string> _target = new("TARGET")
    {
        Description = "host:port, http://…, https://…, the name of a service in Consul (demo, demo?tag=v1), or consul://host:8500/demo.",
    };

    private readonly Option<string[]> _headers = new("--header", "-H")
    {
        HelpName = "NAME: VALUE",
        Description = "A header; base64 if the name ends in -bin. @FILE: one a line, so that secrets stay off the command line. May be repeated.",
    };

    private readonly Option<string[]> _protoSets = new("--proto-set")
    {
        HelpName = "FILE",
        Description = "Definitions, instead of asking the server: what protoc --include_imports --descriptor_set_out=FILE writes. May be repeated.",
    };

    private readonly Option<string?> _deadline = new("--deadline") { HelpName = "DURATION", Description = "How long the call may take, such as 2s. Default: no limit." };

    public PeerOptions(Command command, Terminal terminal)
    {
        _terminal = terminal;
        command.Arguments.Add(_target);
        command.Options.Add(_headers);
        command.Options.Add(_deadline);
        command.Options.Add(_protoSets);
        _tls = new TlsOptions(command);
        _consul = new ConsulConnection(command, terminal);
    }

    /// <summary>Opens what the command line names. Nothing is sent yet.</summary>
    public Peer Open(ParseResult parsed)
    {
        var target = CallTarget.Parse(parsed.GetRequiredValue(_target), _tls.IsWanted(parsed));
        var headers = HeaderReader.Read(parsed.GetValue(_headers) ?? []);
        var deadline = ReadDeadline(parsed);
        var protoSets = parsed.GetValue(_protoSets) ?? [];
        var consul = target.IsByName ? NameLookup.Open(target.Address, _consul.ReadOptions(parsed)) : null;
        GrpcChannel? channel = null;
        try
        {
            channel = OpenChannel(parsed, target, consul);
            IDefinitions definitions = protoSets.Length > 0
                ? ProtoSetDefinitions.Read(protoSets)
                : new ReflectionDefinitions(
                    channel.CreateCallInvoker(), target, headers, () => Deadline(deadline ?? s_reflectionTimeout));
            var describe = $"rollcall describe {target.Given}{(target.IsByName ? _consul.Repeat(parsed) : "")}";
            return new Peer(target, describe, channel, consul, definitions, headers, () => deadline is { } limit ? Deadline(limit) : null);
        }
        catch
        {
            channel?.Dispose();
            consul?.Dispose();
            throw;
        }
    }

    private DateTime Deadline(TimeSpan timeout) => _terminal.Time.GetUtcNow().UtcDateTime + timeout;

    private GrpcChannel OpenChannel(ParseResult parsed, CallTarget target, DirectoryLease? consul)
    {
        var options = new GrpcChannelOptions { MaxReceiveMessageSize = null, TimeProvider = _terminal.Time };
        _tls.Apply(parsed, target, options);
        try
        {
            if (consul is not null)
            {
                NameLookup.Use(consul, target.Address, options);
            }

            return GrpcChannel.ForAddress(target.Address, options);
        }
        catch (ArgumentException failure)
        {
            throw CommandFailure.Of(failure, ExitCode.Usage);
        }
    }

    private TimeSpan? ReadDeadline(ParseResult parsed)
    {
        if (parsed.GetValue(_deadline) is not { } text)
        {
            return null;
        }

        return GoDuration.TryParse(text, out var value) && value > TimeSpan.Zero
            ? value
            : throw new CommandFailure($"--deadline '{text}' is not a duration: give a number with a unit, such as 2s or 500ms.", ExitCode.Usage);
    }
}
