using System.Globalization;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;
using static Grpc.Reflection.V1.ServerReflectionRequest;

namespace Rollcall.Grpc.Server.Reflection;

/// <summary>Answers one question of server reflection. Thread-safe.</summary>
internal sealed class ReflectionResponder(ReflectionCatalog catalog)
{
    public ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        var response = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case MessageRequestOneofCase.FileByFilename:
                SetFile(response, catalog.FindFile(request.FileByFilename), "file", request.FileByFilename);
                break;
            case MessageRequestOneofCase.FileContainingSymbol:
                SetFile(response, catalog.FindFileOfSymbol(request.FileContainingSymbol), "symbol", request.FileContainingSymbol);
                break;
            case MessageRequestOneofCase.FileContainingExtension:
                var (type, number) = (request.FileContainingExtension.ContainingType, request.FileContainingExtension.ExtensionNumber);
                SetFile(
                    response, catalog.FindFileOfExtension(type, number), "extension", string.Create(CultureInfo.InvariantCulture, $"{number} of {type}"));
                break;
            case MessageRequestOneofCase.AllExtensionNumbersOfType:
                SetExtensionNumbers(response, request.AllExtensionNumbersOfType);
                break;
            case MessageRequestOneofCase.ListServices:
                response.ListServicesResponse = new ListServiceResponse
                {
                    Service = { catalog.ServiceNames.Select(name => new ServiceResponse { Name = name }) },
                };
                break;
            default:
                SetError(response, StatusCode.Unimplemented, "The request asks for nothing that this server knows.");
                break;
        }

        return response;
    }

    private void SetExtensionNumbers(ServerReflectionResponse response, string type)
    {
        if (catalog.FindExtensionNumbers(type) is { } numbers)
        {
            response.AllExtensionNumbersResponse = new ExtensionNumberResponse { BaseTypeName = type, ExtensionNumber = { numbers } };
        }
        else
        {
            SetError(response, StatusCode.NotFound, $"There is no message type {type} here.");
        }
    }

    private static void SetFile(ServerReflectionResponse response, FileDescriptor? file, string kind, string name)
    {
        if (file is null)
        {
            SetError(response, StatusCode.NotFound, $"There is no {kind} {name} here.");
            return;
        }

        var files = response.FileDescriptorResponse = new FileDescriptorResponse();
        var seen = new HashSet<FileDescriptor> { file };
        var open = new Queue<FileDescriptor>(seen);
        while (open.TryDequeue(out var next))
        {
            files.FileDescriptorProto.Add(next.SerializedData);
            foreach (var dependency in next.Dependencies.Where(seen.Add))
            {
                open.Enqueue(dependency);
            }
        }
    }

    private static void SetError(ServerReflectionResponse response, StatusCode code, string message) =>
        response.ErrorResponse = new ErrorResponse { ErrorCode = (int)code, ErrorMessage = message };
}
