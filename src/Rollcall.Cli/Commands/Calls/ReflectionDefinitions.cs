using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;
using Rollcall.Grpc.Dynamic;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>Definitions that a server gives by reflection: version 1, or v1alpha, which has the same messages.</summary>
internal sealed class ReflectionDefinitions(CallInvoker invoker, CallTarget target, Metadata headers, Func<DateTime> deadline) : IDefinitions
{
    // Nobody has as many; a server must not keep the command asking.
    private const int MaxFiles = 10_000;

    private static readonly Method<ServerReflectionRequest, ServerReflectionResponse>[] s_versions = [Version("v1"), Version("v1alpha")];

    public async Task<IReadOnlyList<string>> ListServicesAsync(CancellationToken cancellationToken) => await TalkAsync(
        async talk =>
        {
            var answer = await talk.AskAsync(new ServerReflectionRequest { ListServices = "" }, cancellationToken);
            ThrowIfError(answer);
            return answer.ListServicesResponse.Service.Select(static service => service.Name).Order(StringComparer.Ordinal).ToList();
        },
        cancellationToken);

    public async Task<MessageCatalog?> LoadAsync(string symbol, CancellationToken cancellationToken)
    {
        var files = await TalkAsync(talk => CollectAsync(talk, symbol, cancellationToken), cancellationToken);
        if (files is null)
        {
            return null;
        }

        return MessageCatalog.TryBuild(files.Select(static file => file.Memory), out var catalog, out var fault)
            ? catalog
            : throw new CommandFailure($"The definitions that {target.Given} gives by reflection cannot be used. {fault} --proto-set FILE takes them from a file.");
    }

    private static Method<ServerReflectionRequest, ServerReflectionResponse> Version(string version) => new(
        MethodType.DuplexStreaming,
        $"grpc.reflection.{version}.ServerReflection",
        "ServerReflectionInfo",
        Marshallers.Create(static request => request.ToByteArray(), ServerReflectionRequest.Parser.ParseFrom),
        Marshallers.Create(static response => response.ToByteArray(), ServerReflectionResponse.Parser.ParseFrom));

    private async Task<T> TalkAsync<T>(Func<ReflectionTalk, Task<T>> run, CancellationToken cancellationToken)
    {
        foreach (var version in s_versions)
        {
            using var talk = new ReflectionTalk(
                invoker.AsyncDuplexStreamingCall(version, null, new CallOptions(headers, deadline(), cancellationToken)));
            try
            {
                var result = await run(talk);
                await talk.EndAsync(cancellationToken);
                return result;
            }
            catch (RpcException failure) when (failure.StatusCode == StatusCode.Unimplemented)
            {
                // The older version is asked, and if there is none either, the message below says so.
            }
        }

        throw new CommandFailure(
            $"{target.Given} has no server reflection. Let it have one (builder.Services.AddGrpcReflection() and app.MapGrpcReflectionService()), "
            + "or give the definitions by --proto-set FILE (protoc --include_imports --descriptor_set_out=FILE).");
    }

    /// <summary>The file of a symbol and what it imports. Most servers send all of it at once; what is left out is asked for.</summary>
    private async Task<IReadOnlyCollection<ByteString>?> CollectAsync(ReflectionTalk talk, string symbol, CancellationToken cancellationToken)
    {
        var files = new Dictionary<string, ByteString>(StringComparer.Ordinal);
        var asked = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>();
        var answer = await talk.AskAsync(new ServerReflectionRequest { FileContainingSymbol = symbol }, cancellationToken);
        if (IsNotFound(answer))
        {
            return null;
        }

        ThrowIfError(answer);
        Add(answer.FileDescriptorResponse, files, open);
        while (open.TryDequeue(out var import))
        {
            if (files.ContainsKey(import) || !asked.Add(import) || WellKnownImport(import))
            {
                continue;
            }

            if (asked.Count > MaxFiles)
            {
                throw new CommandFailure($"{target.Given} gives more than {MaxFiles} files by reflection.");
            }

            answer = await talk.AskAsync(new ServerReflectionRequest { FileByFilename = import }, cancellationToken);

            // A file that is imported for its options alone may be missing. If it is needed, building the catalog says so.
            if (!IsNotFound(answer))
            {
                ThrowIfError(answer);
                Add(answer.FileDescriptorResponse, files, open);
            }
        }

        return files.Values;
    }

    private static bool WellKnownImport(string file) => file.StartsWith("google/protobuf/", StringComparison.Ordinal);

    private void Add(FileDescriptorResponse response, Dictionary<string, ByteString> files, Queue<string> open)
    {
        foreach (var bytes in response.FileDescriptorProto)
        {
            FileDescriptorProto file;
            try
            {
                file = FileDescriptorProto.Parser.ParseFrom(bytes);
            }
            catch (InvalidProtocolBufferException failure)
            {
                throw new CommandFailure($"{target.Given} answers by reflection with what is no definition: {failure.Message}", ExitCode.Failure, failure);
            }

            if (files.TryAdd(file.Name, bytes))
            {
                foreach (var import in file.Dependency)
                {
                    open.Enqueue(import);
                }
            }
        }
    }

    private static bool IsNotFound(ServerReflectionResponse answer) => answer.ErrorResponse?.ErrorCode == (int)StatusCode.NotFound;

    private static void ThrowIfError(ServerReflectionResponse answer)
    {
        if (answer.ErrorResponse is { } error)
        {
            throw new RpcException(new Status((StatusCode)error.ErrorCode, $"Reflection: {error.ErrorMessage}"));
        }

        if (answer.MessageResponseCase == ServerReflectionResponse.MessageResponseOneofCase.None)
        {
            throw new RpcException(new Status(StatusCode.Internal, "The server's reflection gave an empty answer."));
        }
    }
}
