using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Rollcall.Grpc.Dynamic;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Tests.Dynamic;

public sealed class MessageCatalogTests
{
    [Fact]
    public void Declarations_AreFoundByFullName()
    {
        var catalog = Dynamics.Catalog;

        Assert.Equal(["rollcall.test.Echo"], catalog.Services.Select(service => service.FullName));
        Assert.True(catalog.FindService("rollcall.test.Echo")!.FindMethodByName("Duplex").IsClientStreaming);
        Assert.Equal("Deep", catalog.FindMessage("rollcall.test.dynamic.Legacy.Inner.Deep")!.Name);
        Assert.Equal(2, catalog.FindEnum("rollcall.test.dynamic.Legacy.Level")!.Values.Count);
        Assert.Equal(101, catalog.FindExtension("rollcall.test.dynamic.marks")!.FieldNumber);
        Assert.Equal("marks", catalog.FindExtension(Dynamics.Legacy, 101)!.Name);
        Assert.Null(catalog.FindExtension(Dynamics.Everything, 101));
        Assert.Null(catalog.FindMessage("rollcall.test.Echo"));
        Assert.Null(catalog.FindService("rollcall.test.Nobody"));
    }

    [Fact]
    public void WellKnownTypes_AreThereAnywayButNotAmongTheFiles()
    {
        Assert.NotNull(Dynamics.Catalog.FindMessage("google.protobuf.Duration"));
        Assert.Equal(["echo.proto", "everything.proto", "legacy.proto"], Dynamics.Catalog.Files.Select(file => file.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void FilesOfGeneratedCode_AreTakenWithWhatTheyImport()
    {
        var catalog = MessageCatalog.FromFiles([LegacyReflection.Descriptor, EverythingReflection.Descriptor, LegacyReflection.Descriptor]);

        Assert.Same(Everything.Descriptor, catalog.FindMessage("rollcall.test.dynamic.Everything"));
        Assert.Same(Timestamp.Descriptor, catalog.FindMessage("google.protobuf.Timestamp"));
        Assert.Equal("marks", catalog.FindExtension(Legacy.Descriptor, 101)!.Name);
        Assert.Equal("legacy.proto", catalog.Files[0].Name);
        Assert.Equal("everything.proto", catalog.Files[^1].Name);
        Assert.Contains(TimestampReflection.Descriptor, catalog.Files);
        Assert.Single(catalog.Files, LegacyReflection.Descriptor);
    }

    [Fact]
    public void Files_MayComeInAnyOrderAndTwice()
    {
        var imported = new FileDescriptorProto { Name = "b.proto", MessageType = { new DescriptorProto { Name = "B" } } };
        var importing = new FileDescriptorProto { Name = "a.proto", Dependency = { "b.proto", "google/protobuf/any.proto" }, MessageType = { MessageOf(".B") } };

        Assert.Null(Fault(importing, imported, importing, Proto(AnyReflection.Descriptor)));
    }

    [Fact]
    public void Set_IsWhatProtocWrites()
    {
        var set = new FileDescriptorSet { File = { Proto(LegacyReflection.Descriptor), Proto(EverythingReflection.Descriptor) } };

        Assert.True(MessageCatalog.TryBuildFromSet(set.ToByteArray(), out var catalog, out _));
        Assert.NotNull(catalog.FindMessage("rollcall.test.dynamic.Strict"));
        Assert.False(MessageCatalog.TryBuildFromSet("no set"u8.ToArray(), out _, out var broken));
        Assert.False(MessageCatalog.TryBuildFromSet(ReadOnlyMemory<byte>.Empty, out _, out var empty));
        Assert.Contains("no FileDescriptorSet", broken, StringComparison.Ordinal);
        Assert.Contains("without a file", empty, StringComparison.Ordinal);
    }

    [Fact]
    public void ImportThatIsMissing_MattersOnlyIfItIsUsed()
    {
        var unused = new FileDescriptorProto { Name = "a.proto", Dependency = { "options.proto" }, PublicDependency = { 0 } };
        var used = new FileDescriptorProto { Name = "a.proto", Dependency = { "b.proto" }, MessageType = { MessageOf(".B") } };

        Assert.Null(Fault(unused));
        Assert.Contains("\".B\" is not defined", Fault(used), StringComparison.Ordinal);
        Assert.Contains("These imports are missing: b.proto.", Fault(used), StringComparison.Ordinal);
    }

    [Fact]
    public void FilesThatImportEachOther_AreRefused()
    {
        var a = new FileDescriptorProto { Name = "a.proto", Dependency = { "b.proto" } };
        var b = new FileDescriptorProto { Name = "b.proto", Dependency = { "a.proto" } };

        Assert.Contains("imports itself", Fault(a, b), StringComparison.Ordinal);
        Assert.Contains("imports itself", Fault(new FileDescriptorProto { Name = "c.proto", Dependency = { "c.proto" } }), StringComparison.Ordinal);
    }

    [Fact]
    public void LongChainOfImports_IsNoProblem()
    {
        var files = Enumerable.Range(0, 5000).Select(i =>
        {
            var file = new FileDescriptorProto { Name = $"{i}.proto" };
            if (i < 4999)
            {
                file.Dependency.Add($"{i + 1}.proto");
            }

            return file;
        });

        Assert.Null(Fault([.. files]));
    }

    [Fact]
    public void MapWithoutValue_IsRefused()
    {
        var message = MessageOf(".M.Entry");
        message.Field[0].Label = FieldDescriptorProto.Types.Label.Repeated;
        message.NestedType.Add(new DescriptorProto { Name = "Entry", Options = new MessageOptions { MapEntry = true } });

        Assert.Contains("is a map without key and value", Fault(new FileDescriptorProto { Name = "a.proto", MessageType = { message } }), StringComparison.Ordinal);
    }

    [Fact]
    public void FieldOfAnEdition_TracksPresence()
    {
        var field = new FieldDescriptorProto
        {
            Name = "f", Number = 1, Type = FieldDescriptorProto.Types.Type.Int32, Label = FieldDescriptorProto.Types.Label.Optional,
        };
        var file = new FileDescriptorProto
        {
            Name = "a.proto", Syntax = "editions", MessageType = { new DescriptorProto { Name = "M", Field = { field } } },
        };
        Assert.True(MessageCatalog.TryBuild([file.ToByteArray()], out var catalog, out _));
        using var json = System.Text.Json.JsonDocument.Parse("""{"f": 0}""");

        Assert.True(new DynamicJson(catalog).TryEncode(catalog.FindMessage("M")!, json.RootElement, out var bytes, out _));
        Assert.Equal([8, 0], bytes);
    }

    [Theory]
    [InlineData("""{"b": 10}""", 1)]
    [InlineData("""{"a": 10}""", 2)]
    [InlineData("""{"c": 10}""", 3)]
    [InlineData("""{"d": 10}""", 3)]
    public void NameInJson_ComesBeforeAnotherFieldsName(string json, int number)
    {
        var file = new FileDescriptorProto
        {
            Name = "a.proto",
            MessageType = { new DescriptorProto { Name = "M", Field = { Field("a", 1, "b"), Field("b", 2, "a"), Field("c", 3, "d") } } },
        };
        Assert.True(MessageCatalog.TryBuild([file.ToByteArray()], out var catalog, out _));
        using var document = System.Text.Json.JsonDocument.Parse(json);

        Assert.True(new DynamicJson(catalog).TryEncode(catalog.FindMessage("M")!, document.RootElement, out var bytes, out _));
        Assert.Equal([(byte)(number << 3), 10], bytes);

        static FieldDescriptorProto Field(string name, int number, string jsonName) => new()
        {
            Name = name, JsonName = jsonName, Number = number, Type = FieldDescriptorProto.Types.Type.Int32, Label = FieldDescriptorProto.Types.Label.Optional,
        };
    }

    [Fact]
    public void BrokenDescriptors_NeverThrow()
    {
        var random = new Random(5);
        byte[][] originals = [LegacyReflection.Descriptor.SerializedData.ToByteArray(), EverythingReflection.Descriptor.SerializedData.ToByteArray()];
        var (taken, refused) = (0, 0);
        for (var i = 0; i < 1000; i++)
        {
            var bytes = originals[i % 2].ToArray();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            if (!MessageCatalog.TryBuild([bytes], out var catalog, out _))
            {
                refused++;
                continue;
            }

            taken++;
            foreach (var type in catalog.Files.SelectMany(file => file.MessageTypes))
            {
                TryBothWays(catalog, type, random);
            }
        }

        Assert.True(taken > 50 && refused > 50, $"{taken} taken, {refused} refused");
    }

    // Descriptors that were taken must be safe to use, whatever they say.
    private static void TryBothWays(MessageCatalog catalog, MessageDescriptor type, Random random)
    {
        var bytes = new RandomMessages(new Random(random.Next(20))).Create(type.Name == "Legacy" ? Legacy.Descriptor : Everything.Descriptor).ToByteArray();
        using var stream = new MemoryStream();
        using (var writer = new System.Text.Json.Utf8JsonWriter(stream))
        {
            if (!new DynamicJson(catalog) { WriteDefaults = true }.TryDecode(type, bytes, writer, out _))
            {
                return;
            }
        }

        using var json = System.Text.Json.JsonDocument.Parse(stream.ToArray());
        _ = new DynamicJson(catalog).TryEncode(type, json.RootElement, out _, out _);
    }

    private static string? Fault(params FileDescriptorProto[] files)
    {
        Assert.Equal(MessageCatalog.TryBuild(files.Select(file => (ReadOnlyMemory<byte>)file.ToByteArray()), out _, out var fault), fault is null);
        return fault;
    }

    private static FileDescriptorProto Proto(FileDescriptor file) => file.ToProto();

    private static DescriptorProto MessageOf(string type) => new()
    {
        Name = "M",
        Field =
        {
            new FieldDescriptorProto
            {
                Name = "f", Number = 1, TypeName = type, Type = FieldDescriptorProto.Types.Type.Message, Label = FieldDescriptorProto.Types.Label.Optional,
            },
        },
    };
}
