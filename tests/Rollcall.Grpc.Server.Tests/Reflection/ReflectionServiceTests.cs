using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Core.Utils;
using Grpc.Reflection.V1;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Client;
using Rollcall.Grpc.Server.Health;
using Rollcall.Grpc.Server.Reflection;
using Rollcall.Grpc.Tests.Protos;
using static Grpc.Reflection.V1.ServerReflectionResponse;

namespace Rollcall.Grpc.Server.Tests.Reflection;

public sealed class ReflectionServiceTests
{
    private const string ShopFile = "shop/shop.proto";

    // The file asked for comes first; then what it imports, nearest first.
    private static readonly string[] s_shopAndImports =
        [ShopFile, "shop/money.proto", "google/protobuf/descriptor.proto", "google/protobuf/timestamp.proto"];

    [Fact]
    public async Task ListServices_NamesWhatIsMapped()
    {
        var response = await AskAsync(new ServerReflectionRequest { ListServices = "*", Host = "h" });

        Assert.Equal(
            [
                "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
                "rollcall.test.Echo", "rollcall.test.shop.Shop",
            ],
            response.ListServicesResponse.Service.Select(service => service.Name));
        Assert.Equal("h", response.ValidHost);
        Assert.Equal(new ServerReflectionRequest { ListServices = "*", Host = "h" }, response.OriginalRequest);
    }

    [Theory]
    [InlineData("rollcall.test.shop.Shop")]
    [InlineData("rollcall.test.shop.Shop.Buy")]
    [InlineData("rollcall.test.shop.Order")]
    [InlineData("rollcall.test.shop.Order.cash")]
    [InlineData("rollcall.test.shop.Order.payment")]
    [InlineData("rollcall.test.shop.Order.Line.State")]
    [InlineData("rollcall.test.shop.Order.Line.SENT")]
    [InlineData("rollcall.test.shop.Size")]
    [InlineData("rollcall.test.shop.LARGE")]
    [InlineData("rollcall.test.shop.coupon")]
    [InlineData("rollcall.test.shop.Gift.gift")]
    [InlineData("rollcall.test.shop.audience")]
    public async Task FileContainingSymbol_ComesWithAllThatItImports(string symbol) =>
        Assert.Equal(s_shopAndImports, Names(await AskAsync(new ServerReflectionRequest { FileContainingSymbol = symbol })));

    [Theory]
    [InlineData("rollcall.test.shop.Money", "shop/money.proto,google/protobuf/timestamp.proto")]
    [InlineData("google.protobuf.Timestamp", "google/protobuf/timestamp.proto")]
    [InlineData("rollcall.test.Echo", "echo.proto")]
    [InlineData("grpc.health.v1.Health", "grpc/health/v1/health.proto")]
    public async Task SymbolOfAnImportedOrOtherFile_IsFound(string symbol, string files) =>
        Assert.Equal(files.Split(','), Names(await AskAsync(new ServerReflectionRequest { FileContainingSymbol = symbol })));

    [Fact]
    public async Task FileByFilename_IsTheDescriptorOfTheGeneratedCode()
    {
        var response = await AskAsync(new ServerReflectionRequest { FileByFilename = ShopFile });

        Assert.Equal(s_shopAndImports, Names(response));
        Assert.Equal(Protos.ShopReflection.Descriptor.SerializedData, response.FileDescriptorResponse.FileDescriptorProto[0]);
    }

    [Theory]
    [InlineData("rollcall.test.shop.Order", 110)]
    [InlineData("rollcall.test.shop.Order", 120)]
    [InlineData("google.protobuf.MethodOptions", 50001)]
    public async Task FileContainingExtension_IsTheOneThatDeclaresIt(string type, int number) =>
        Assert.Equal(s_shopAndImports, Names(await AskAsync(Extension(type, number))));

    [Theory]
    [InlineData("rollcall.test.shop.Order", "110,120")]
    [InlineData("google.protobuf.MethodOptions", "50001")]
    [InlineData("rollcall.test.EchoRequest", "")]
    public async Task AllExtensionNumbers_AreThoseOfEveryFile(string type, string numbers)
    {
        var response = await AskAsync(new ServerReflectionRequest { AllExtensionNumbersOfType = type });

        Assert.Equal(MessageResponseOneofCase.AllExtensionNumbersResponse, response.MessageResponseCase);
        Assert.Equal(type, response.AllExtensionNumbersResponse.BaseTypeName);
        Assert.Equal(numbers, string.Join(',', response.AllExtensionNumbersResponse.ExtensionNumber));
    }

    public static TheoryData<ServerReflectionRequest, StatusCode, string> Unanswerable => new()
    {
        { new ServerReflectionRequest { FileByFilename = "none.proto" }, StatusCode.NotFound, "file none.proto" },
        { new ServerReflectionRequest { FileContainingSymbol = "rollcall.test.Nobody" }, StatusCode.NotFound, "symbol rollcall.test.Nobody" },
        { new ServerReflectionRequest { FileContainingSymbol = "" }, StatusCode.NotFound, "symbol" },
        { Extension("rollcall.test.shop.Order", 111), StatusCode.NotFound, "111 of rollcall.test.shop.Order" },
        { Extension("rollcall.test.Nobody", 1), StatusCode.NotFound, "1 of rollcall.test.Nobody" },
        { new ServerReflectionRequest { AllExtensionNumbersOfType = "rollcall.test.Nobody" }, StatusCode.NotFound, "rollcall.test.Nobody" },
        { new ServerReflectionRequest { AllExtensionNumbersOfType = "rollcall.test.Echo" }, StatusCode.NotFound, "rollcall.test.Echo" },
        { new ServerReflectionRequest(), StatusCode.Unimplemented, "nothing" },
    };

    [Theory]
    [MemberData(nameof(Unanswerable))]
    public async Task QuestionWithoutAnswer_IsAnErrorResponse(ServerReflectionRequest request, StatusCode code, string named)
    {
        var response = await AskAsync(request);

        Assert.Equal(MessageResponseOneofCase.ErrorResponse, response.MessageResponseCase);
        Assert.Equal((int)code, response.ErrorResponse.ErrorCode);
        Assert.Contains(named, response.ErrorResponse.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal(request, response.OriginalRequest);
    }

    [Fact]
    public async Task Stream_GoesOnAfterAnErrorAndEndsWithTheCallers()
    {
        await using var server = await StartAsync();
        await using var channel = GrpcChannel.ForAddress(server.Address);
        using var call = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo();

        await call.RequestStream.WriteAsync(new ServerReflectionRequest { FileByFilename = "none.proto" }).WithinAsync();
        Assert.True(await call.ResponseStream.MoveNext().WithinAsync());
        Assert.Equal(MessageResponseOneofCase.ErrorResponse, call.ResponseStream.Current.MessageResponseCase);

        await call.RequestStream.WriteAsync(new ServerReflectionRequest { FileByFilename = "echo.proto" }).WithinAsync();
        Assert.True(await call.ResponseStream.MoveNext().WithinAsync());
        Assert.Equal(["echo.proto"], Names(call.ResponseStream.Current));

        await call.RequestStream.CompleteAsync().WithinAsync();
        Assert.False(await call.ResponseStream.MoveNext().WithinAsync());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Version1Alpha_AnswersTheSame()
    {
        await using var server = await StartAsync();
        await using var channel = GrpcChannel.ForAddress(server.Address);
        using var call = new global::Grpc.Reflection.V1Alpha.ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo();

        await call.RequestStream.WriteAllAsync([new() { ListServices = "" }, new() { FileContainingSymbol = "rollcall.test.shop.Shop" }, new()]).WithinAsync();
        var answers = await call.ResponseStream.ToListAsync().WithinAsync();

        Assert.Equal(5, answers[0].ListServicesResponse.Service.Count);
        Assert.Equal(4, answers[1].FileDescriptorResponse.FileDescriptorProto.Count);
        Assert.Equal("rollcall.test.shop.Shop", answers[1].OriginalRequest.FileContainingSymbol);
        Assert.Equal((int)StatusCode.Unimplemented, answers[2].ErrorResponse.ErrorCode);
    }

    [Fact]
    public async Task DefinitionBoundToAnInstance_IsDescribed()
    {
        await using var server = await StartAsync(app => app.MapGrpcService(Echo.BindService(new EchoService(new EchoBehavior()))));

        Assert.Equal(["echo.proto"], Names(await AskAsync(server, new ServerReflectionRequest { FileContainingSymbol = "rollcall.test.Echo" })));
    }

    [Fact]
    public async Task DefinitionByHand_IsListedButHasNoFile()
    {
        var method = new Method<string, string>(MethodType.Unary, "by.Hand", "Do", Marshallers.StringMarshaller, Marshallers.StringMarshaller);
        await using var server = await StartAsync(app => app.MapGrpcService(
            ServerServiceDefinition.CreateBuilder().AddMethod(method, (request, _) => Task.FromResult(request)).Build()));

        var list = await AskAsync(server, new ServerReflectionRequest { ListServices = "" });
        var file = await AskAsync(server, new ServerReflectionRequest { FileContainingSymbol = "by.Hand" });

        Assert.Contains("by.Hand", list.ListServicesResponse.Service.Select(service => service.Name));
        Assert.Equal((int)StatusCode.NotFound, file.ErrorResponse.ErrorCode);
    }

    [Fact]
    public async Task MappingWithoutAddGrpcReflection_NamesTheFix()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => GrpcTestServer.StartAsync(map: app => app.MapGrpcReflectionService()));

        Assert.Contains("AddGrpcReflection()", error.Message, StringComparison.Ordinal);
    }

    private static ServerReflectionRequest Extension(string type, int number) =>
        new() { FileContainingExtension = new ExtensionRequest { ContainingType = type, ExtensionNumber = number } };

    private static IEnumerable<string> Names(ServerReflectionResponse response)
    {
        Assert.Equal(MessageResponseOneofCase.FileDescriptorResponse, response.MessageResponseCase);
        return response.FileDescriptorResponse.FileDescriptorProto.Select(bytes => FileDescriptorProto.Parser.ParseFrom(bytes).Name);
    }

    private static Task<GrpcTestServer> StartAsync(Action<IEndpointRouteBuilder>? map = null) => GrpcTestServer.StartAsync(
        services: services => services.AddGrpcHealth().AddGrpcReflection(),
        map: app =>
        {
            // Before the services: what counts is what is mapped in the end.
            app.MapGrpcReflectionService();
            (map ?? MapAll)(app);
        });

    private static void MapAll(IEndpointRouteBuilder app)
    {
        app.MapGrpcService<EchoService>();
        app.MapGrpcService<ShopService>();
        app.MapGrpcHealthService();
    }

    private static async Task<ServerReflectionResponse> AskAsync(ServerReflectionRequest request)
    {
        await using var server = await StartAsync();
        return await AskAsync(server, request);
    }

    private static async Task<ServerReflectionResponse> AskAsync(GrpcTestServer server, ServerReflectionRequest request)
    {
        await using var channel = GrpcChannel.ForAddress(server.Address);
        using var call = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo();
        await call.RequestStream.WriteAllAsync([request]).WithinAsync();
        return Assert.Single(await call.ResponseStream.ToListAsync().WithinAsync());
    }
}
