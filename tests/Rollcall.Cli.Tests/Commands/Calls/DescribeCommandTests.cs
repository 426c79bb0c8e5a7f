using Google.Protobuf;
using Google.Protobuf.Reflection;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Cli.Tests.Commands.Calls;

public sealed class DescribeCommandTests
{
    private static readonly Uri s_noAgent = new("http://127.0.0.1:1");

    [Fact]
    public async Task WithoutSymbol_ServicesAreListed()
    {
        await using var server = await ChatServer.StartAsync();
        var text = await CliRun.RunAsync(s_noAgent, "describe", server.Target);
        var json = await CliRun.RunAsync(s_noAgent, "describe", server.Target, "--json");
        Assert.Equal("cli.test.Chat\ngrpc.reflection.v1.ServerReflection\ngrpc.reflection.v1alpha.ServerReflection\n", text.Output);
        Assert.Contains("\"cli.test.Chat\",", json.Output, StringComparison.Ordinal);
        Assert.Equal((0, ""), (text.ExitCode, text.Error));
    }

    [Theory]
    [InlineData("cli.test.Chat", """
        // cli.test.Chat, in chat.proto
        service Chat {
          rpc Say(cli.test.Line) returns (cli.test.Line);
          rpc Count(cli.test.Line) returns (stream cli.test.Line);
          rpc Join(stream cli.test.Line) returns (cli.test.Line);
          rpc Talk(stream cli.test.Line) returns (stream cli.test.Line);
          rpc Fail(cli.test.Line) returns (cli.test.Line);
          rpc Wait(cli.test.Line) returns (stream cli.test.Line);
        }

        """)]
    [InlineData("cli.test.Chat/Join", """
        // cli.test.Chat.Join, in chat.proto
        rpc Join(stream cli.test.Line) returns (cli.test.Line);

        // cli.test.Line, in chat.proto
        message Line {
          string text = 1;
          int32 count = 2;
          repeated cli.test.Line parts = 3;
        }

        """)]
    [InlineData("cli.test.Line.text", """
        // cli.test.Line, in chat.proto
        message Line {
          string text = 1;
          int32 count = 2;
          repeated cli.test.Line parts = 3;
        }

        """)]
    public async Task Symbol_IsShownAsItsDefinition(string symbol, string expected)
    {
        await using var server = await ChatServer.StartAsync();
        Assert.Equal(expected, (await CliRun.RunAsync(s_noAgent, "describe", server.Target, symbol)).Output);
    }

    [Theory]
    [InlineData("cli.test.Chat/Say")]
    [InlineData("cli.test.Chat.Say")]
    [InlineData("cli.test.Line")]
    public async Task Example_CanBeCalledWith(string symbol)
    {
        await using var server = await ChatServer.StartAsync();
        var example = await CliRun.RunAsync(s_noAgent, "describe", server.Target, symbol, "--example");
        var call = await CliRun.RunAsync(CliRun.Environment(s_noAgent), example.Output, "call", server.Target, "cli.test.Chat/Say", "-");
        Assert.Equal("{\n  \"text\": \"\",\n  \"count\": 0\n}\n", example.Output);
        Assert.Equal(0, call.ExitCode);
    }

    [Theory]
    [InlineData("cli.test.Chat.Sey", 1, "has nothing that is called 'cli.test.Chat.Sey'")]
    [InlineData("cli.test.Chat/Sey", 1, "Did you mean Say?")]
    [InlineData("cli.test.Chat --example", 2, "--example is for methods and messages")]
    [InlineData("--example", 2, "--example needs the name of a method or message")]
    public async Task WrongSymbol_IsSaid(string arguments, int exitCode, string message)
    {
        await using var server = await ChatServer.StartAsync();
        var result = await CliRun.RunAsync(s_noAgent, ["describe", server.Target, .. arguments.Split(' ')]);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("describe", ChatServer.Undefined)]
    [InlineData("describe", ChatServer.Undefined + ".Echo")]
    [InlineData("describe", ChatServer.Undefined + "/Echo")]
    [InlineData("call", ChatServer.Undefined + "/Echo")]
    public async Task ServiceWithoutDefinition_IsSaidToBeThere(string command, string symbol)
    {
        await using var server = await ChatServer.StartAsync(hasUndefined: true);
        var result = await CliRun.RunAsync(s_noAgent, command, server.Target, symbol);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(
            $"{server.Target} lists the service {ChatServer.Undefined} and gives no definition of it by reflection. Give the definition by --proto-set FILE (protoc ",
            result.Error,
            StringComparison.Ordinal);
    }

    // Each message is in all fields of the one before.
    [Theory]
    [InlineData(20, 7, false)]
    [InlineData(300, 2, false)]
    [InlineData(3, 7, true)]
    public async Task Example_OfWideMessages_IsShortAndFits(int width, int depth, bool isRequired)
    {
        var file = new FileDescriptorProto { Name = "wide.proto", Package = "wide", Syntax = isRequired ? "proto2" : "proto3" };
        for (var level = 0; level < depth; level++)
        {
            var type = new DescriptorProto { Name = $"M{level}" };
            for (var i = 0; i < width; i++)
            {
                var field = new FieldDescriptorProto
                {
                    Name = $"f{i}",
                    Number = i + 1,
                    Label = isRequired && i == 0 ? FieldDescriptorProto.Types.Label.Required : FieldDescriptorProto.Types.Label.Optional,
                    Type = FieldDescriptorProto.Types.Type.Bool,
                };
                if (level < depth - 1)
                {
                    (field.Type, field.TypeName) = (FieldDescriptorProto.Types.Type.Message, $".wide.M{level + 1}");
                }

                type.Field.Add(field);
            }

            file.MessageType.Add(type);
        }

        var example = await DescribeAsync(file, "wide.M0", "--example");

        Assert.InRange(example.Length, 200, 100_000);
        Assert.True(Rollcall.Grpc.Dynamic.MessageCatalog.TryBuild([file.ToByteString().Memory], out var catalog, out _));
        using var json = System.Text.Json.JsonDocument.Parse(example);
        Assert.True(new Rollcall.Grpc.Dynamic.DynamicJson(catalog).TryEncode(catalog.FindMessage("wide.M0")!, json.RootElement, out _, out var fault), fault);
    }

    [Fact]
    public async Task EveryKindOfDefinition_IsWritten()
    {
        Assert.Equal(
            """
            // rollcall.test.dynamic.Legacy, in legacy.proto
            message Legacy {
              optional int32 number = 1 [default = 7];
              optional string text = 2 [default = "seven"];
              optional rollcall.test.dynamic.Legacy.Level level = 3 [default = HIGH];
              repeated int32 numbers = 4;
              repeated int32 packed = 5 [packed = true];
              optional group Inner = 6 {
                optional string name = 1;
                repeated group Deep = 2 {
                  optional int32 depth = 1;
                }
              }
              optional rollcall.test.dynamic.Strict strict = 7;
              optional bool flag = 8;
              extensions 100 to 200;
              enum Level {
                LOW = 1;
                HIGH = 2;
              }
            }

            """,
            await DescribeAsync(LegacyReflection.Descriptor, "rollcall.test.dynamic.Legacy"));
        Assert.Equal(
            "// rollcall.test.dynamic.more, in legacy.proto\nextend rollcall.test.dynamic.Legacy {\n  optional rollcall.test.dynamic.Strict more = 102;\n}\n",
            await DescribeAsync(LegacyReflection.Descriptor, "rollcall.test.dynamic.more"));
        var everything = await DescribeAsync(EverythingReflection.Descriptor, "rollcall.test.dynamic.Everything");
        Assert.Contains("  string renamed = 18 [json_name = \"other-name\"];\n", everything, StringComparison.Ordinal);
        Assert.Contains("  optional int32 maybe_int32 = 20;\n", everything, StringComparison.Ordinal);
        Assert.Contains("  repeated uint64 unpacked = 39 [packed = false];\n", everything, StringComparison.Ordinal);
        Assert.Contains("  map<uint32, rollcall.test.dynamic.Everything> by_uint32 = 53;\n", everything, StringComparison.Ordinal);
        Assert.Contains("  oneof choice {\n    string text_choice = 60;\n", everything, StringComparison.Ordinal);
        Assert.DoesNotContain("Entry", everything, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rollcall.test.dynamic.Everything")]
    [InlineData("google.protobuf.FileDescriptorProto")]
    public async Task Example_OfEveryKindOfField_FitsItsMessage(string type)
    {
        var example = await DescribeAsync(EverythingReflection.Descriptor, type, "--example");
        Assert.True(Rollcall.Grpc.Dynamic.MessageCatalog.TryBuild([EverythingReflection.Descriptor.SerializedData.Memory], out var catalog, out _));
        using var json = System.Text.Json.JsonDocument.Parse(example);
        Assert.True(new Rollcall.Grpc.Dynamic.DynamicJson(catalog).TryEncode(catalog.FindMessage(type)!, json.RootElement, out _, out var fault), fault);
    }

    private static Task<string> DescribeAsync(FileDescriptor definitions, params string[] arguments) => DescribeAsync(definitions.ToProto(), arguments);

    private static async Task<string> DescribeAsync(FileDescriptorProto definitions, params string[] arguments)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, new FileDescriptorSet { File = { definitions } }.ToByteArray());
            var result = await CliRun.RunAsync(s_noAgent, ["describe", "nowhere:1", "--proto-set", file, .. arguments]);
            Assert.Equal("", result.Error);
            return result.Output;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
