// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "../src/interfaces/IMarket.sol";
import {ResultStatus} from "../src/interfaces/IOnchainClient.sol";
import {Ending, IOnchainJobs, Order, ResultKind} from "../src/interfaces/IOnchainJobs.sol";
import {Deal, DealStatus, Result} from "../src/interfaces/Types.sol";
import {JobsBase} from "./support/JobsBase.sol";

/// @notice Taken -> over, at every end of its deal.
contract JobDeliverTest is JobsBase {
    function test_deliver_paysTheProviderAndCallsTheClient() public {
        (Order memory order, Deal memory deal) = _ripe(_order());
        _deliver(order, deal, _ending());
        eq(_free(provider), FUNDS + 0.99 ether, "provider");
        eq(_free(KEEPER), REWARD, "keeper");
        eq(client.calls(), 1, "calls");
        eq(client.lastId(), jobs.idOf(order), "id");
        eq(uint256(client.lastStatus()), uint256(ResultStatus.Exited), "status");
        eq(keccak256(client.lastData()), keccak256("hello lilypad\n"), "data");
        eq(
            keccak256(client.lastCid()),
            keccak256(abi.encodePacked(hex"01701220", _resultOf("small").root)),
            "the directory's CID"
        );
        _expectState(order, IOnchainJobs.OrderState.Unknown);
        _expectNothingHeld();
    }

    function test_deliver_onlyOnce() public {
        (Order memory order, Deal memory deal) = _ripe(_order());
        _deliver(order, deal, _ending());
        vm.expectRevert(
            abi.encodeWithSelector(
                IOnchainJobs.OrderUnexpectedState.selector,
                jobs.idOf(order),
                IOnchainJobs.OrderState.Unknown,
                IOnchainJobs.OrderState.Taken
            )
        );
        _deliver(order, deal, _ending());
    }

    function test_deliver_notBeforeItIsTaken() public {
        Order memory order = _ask(_order());
        Deal memory deal = _dealOf(order);
        Ending memory ending;
        vm.expectPartialRevert(IOnchainJobs.OrderUnexpectedState.selector);
        _deliver(order, deal, ending);
    }

    function test_deliver_notByAnotherDeal() public {
        (Order memory order, Deal memory deal) = _ripe(_order());
        deal.nonce = 5;
        vm.expectRevert(
            abi.encodeWithSelector(IOnchainJobs.OrderOtherDeal.selector, jobs.idOf(order), market.hashDeal(deal))
        );
        _deliver(order, deal, _ending());
    }

    function test_deliver_notInTheWindow() public {
        Order memory order = _ask(_order());
        Deal memory deal = _take(order);
        _submit(deal, _resultOf("small"));
        uint256 windowEnd = block.timestamp + deal.window;
        vm.warp(windowEnd);
        vm.expectRevert(
            abi.encodeWithSelector(IOnchainJobs.OrderNotYet.selector, jobs.idOf(order), windowEnd, windowEnd)
        );
        _deliver(order, deal, _ending());
        vm.warp(windowEnd + 1);
        _deliver(order, deal, _ending());
    }

    function test_deliver_onlyWhatWasCommittedTo() public {
        (Order memory order, Deal memory deal) = _ripe(_order());
        Ending memory ending = _ending();
        ending.result.root = keccak256("another");
        ending.digest = _digest(ending.result);
        vm.expectPartialRevert(IOnchainJobs.DeliveryBadOpening.selector);
        _deliver(order, deal, ending);
        ending = _ending();
        ending.salt = 0;
        vm.expectPartialRevert(IOnchainJobs.DeliveryBadOpening.selector);
        _deliver(order, deal, ending);
        ending = _ending();
        ending.result.used += 1; // the digest is right, the result is not its
        vm.expectPartialRevert(IOnchainJobs.DeliveryBadOutcome.selector);
        _deliver(order, deal, ending);
    }

    function test_deliver_claimsNoMoneyThatIsNotThere() public {
        (Order memory order, Deal memory deal) = _ripe(_order());
        Ending memory ending = _ending();
        ending.toCreator = 1;
        vm.expectPartialRevert(IOnchainJobs.DeliveryBadOutcome.selector);
        _deliver(order, deal, ending);
    }

    function test_deliver_withoutItTheProviderHasNothing() public {
        (Order memory order, Deal memory deal) = _ripe(_order());
        Ending memory ending = _ending();
        vm.expectRevert(abi.encodeWithSelector(IMarket.DealNotMetered.selector, market.hashDeal(deal)));
        market.settleMetered(deal, ending.result, SALT);
        vm.warp(block.timestamp + deal.window);
        market.settle(deal); // after two windows: pays nothing
        eq(_free(provider), FUNDS, "provider");
        ending.digest = 0;
        ending.toCreator = PRICE;
        _deliver(order, deal, ending);
        eq(_free(address(client)), PRICE, "client");
        eq(uint256(client.lastEnding()), uint256(DealStatus.Settled), "ending");
        _expectNothingHeld();
    }

    function test_deliver_settlesWhatNobodyOpened() public {
        (Order memory order, Deal memory deal) = _ripe(_order());
        vm.warp(block.timestamp + deal.window);
        Ending memory ending;
        ending.toCreator = PRICE;
        _deliver(order, deal, ending);
        eq(_free(address(client)), PRICE, "client");
        _expectNothingHeld();
    }

    function test_deliver_timesOutAProviderWithoutAResult() public {
        Order memory order = _ask(_order());
        Deal memory deal = _take(order);
        vm.warp(block.timestamp + deal.runTime + 1);
        Ending memory ending;
        ending.toCreator = PRICE + PRICE / 20;
        _deliver(order, deal, ending);
        eq(_free(address(client)), PRICE + PRICE / 20, "client");
        eq(client.lastAmount(), PRICE + PRICE / 20, "told");
        eq(uint256(client.lastEnding()), uint256(DealStatus.Refunded), "ending");
        _expectNothingHeld();
    }

    function test_deliver_notBeforeThatTime() public {
        Order memory order = _ask(_order());
        Deal memory deal = _take(order);
        vm.warp(block.timestamp + deal.runTime);
        vm.expectPartialRevert(IMarket.DealTooEarly.selector);
        _deliver(order, deal, _ending());
    }

    function test_deliver_afterTheDealEndedWithoutIt() public {
        Order memory order = _ask(_order());
        Deal memory deal = _take(order);
        vm.warp(block.timestamp + deal.runTime + 1);
        market.timeout(deal);
        Ending memory ending;
        ending.toCreator = PRICE + PRICE / 20;
        _deliver(order, deal, ending);
        _expectNothingHeld();
    }

    function test_deliver_givesBackWhatTheDealDidNotCost() public {
        Order memory order = _ask(_order());
        Deal memory deal = _dealOf(order);
        (deal.price, deal.collateral) = (PRICE / 4, uint96(10 * uint256(PRICE / 4)));
        jobs.take(order, deal, _sign(PROVIDER_KEY, market.hashDeal(deal)));
        _submit(deal, _resultOf("small"));
        vm.warp(block.timestamp + deal.window + 1);
        _deliver(order, deal, _ending());
        eq(_free(address(client)), PRICE - PRICE / 4, "client");
        _expectNothingHeld();
    }

    // --- what is delivered

    function test_data_none() public {
        Order memory order = _order();
        order.kind = ResultKind.Cid;
        Ending memory ending = _ending();
        (ending.directory, ending.file) = ("", "");
        _expectData(order, ending, ResultStatus.Exited, "");
    }

    function test_data_exitCode() public {
        Order memory order = _order();
        order.kind = ResultKind.ExitCode;
        Ending memory ending = _ending();
        ending.file = _file("exitCode");
        _expectData(order, ending, ResultStatus.Exited, hex"2a");
    }

    function test_data_upToItsLimit() public {
        Order memory order = _order();
        order.dataLimit = 14;
        _expectData(order, _ending(), ResultStatus.Exited, "hello lilypad\n");
    }

    function test_data_beyondItsLimit() public {
        Order memory order = _order();
        order.dataLimit = 13;
        _expectData(order, _ending(), ResultStatus.TooLong, "");
    }

    function test_data_ofSeveralBlocks() public {
        _expectOther("large", ResultStatus.TooLong);
    }

    function test_data_ofADirectoryWithoutIt() public {
        _expectOther("bare", ResultStatus.Missing);
    }

    function test_data_isTheFilesAndTheDirectorysOwn() public {
        (Order memory order, Deal memory deal) = _ripe(_order());
        Ending memory ending = _ending();
        ending.file = "hello lilypad!";
        vm.expectRevert(
            abi.encodeWithSelector(IOnchainJobs.DeliveryBadFile.selector, sha256(ending.file), sha256(_file("stdout")))
        );
        _deliver(order, deal, ending);
        ending = _ending();
        ending.directory = _block("large");
        vm.expectRevert(
            abi.encodeWithSelector(
                IOnchainJobs.DeliveryBadFile.selector, _resultOf("large").root, _resultOf("small").root
            )
        );
        _deliver(order, deal, ending);
    }

    function test_data_isNoneOfARunThatDidNotExit() public {
        Order memory order = _ask(_order());
        Deal memory deal = _take(order);
        Ending memory ending = _ending();
        ending.result.status = 3;
        ending.digest = _digest(ending.result);
        _submit(deal, ending.result);
        vm.warp(block.timestamp + deal.window + 1);
        _deliver(order, deal, ending);
        eq(uint256(client.lastStatus()), uint256(ResultStatus.Trapped), "status");
        eq(client.lastData().length, 0, "data");
    }

    function test_data_ofAStatusThatThereIsNot() public {
        Order memory order = _ask(_order());
        Deal memory deal = _take(order);
        Ending memory ending = _ending();
        ending.result.status = 5;
        ending.digest = _digest(ending.result);
        _submit(deal, ending.result);
        vm.warp(block.timestamp + deal.window + 1);
        _deliver(order, deal, ending);
        eq(uint256(client.lastStatus()), uint256(ResultStatus.Missing), "status");
    }

    function test_data_exitCodeThatIsNone() public {
        string[6] memory texts = ["", "256", "-1", "1e2", "a", ":"];
        for (uint256 i = 0; i < texts.length; ++i) {
            _expectFile(ResultKind.ExitCode, "exitCode", bytes(texts[i]), bytes(texts[i]).length, ResultStatus.Missing);
        }
        _expectFile(ResultKind.ExitCode, "exitCode", "1000", 4, ResultStatus.TooLong);
        _expectFile(ResultKind.ExitCode, "exitCode", "1000", 1, ResultStatus.TooLong); // its directory lies
    }

    function test_data_exitCodeAtTheLimit() public {
        _expectFile(ResultKind.ExitCode, "exitCode", "255", 3, ResultStatus.Exited);
        eq(keccak256(client.lastData()), keccak256(hex"ff"), "code");
    }

    function test_data_ofADirectoryThatLiesAboutIt() public {
        // A size of two bytes as 0x80 0x01: 128.
        _expectFile(ResultKind.Stdout, "stdout", "short", 0x8001, ResultStatus.TooLong);
        _expectFile(ResultKind.Stdout, "stdout", new bytes(101), 1, ResultStatus.TooLong);
        _expectFile(ResultKind.Stdout, "stdout", new bytes(100), 1, ResultStatus.Exited);
    }

    // --- helpers

    function _expectData(Order memory asked, Ending memory ending, ResultStatus status, bytes memory data) private {
        (Order memory order, Deal memory deal) = _ripe(asked);
        _deliver(order, deal, ending);
        eq(uint256(client.lastStatus()), uint256(status), "status");
        eq(keccak256(client.lastData()), keccak256(data), "data");
        _expectNothingHeld();
    }

    /// @dev A directory of one file, whose size is said to be the given bytes.
    function _expectFile(ResultKind kind, string memory name, bytes memory file, uint256 size, ResultStatus status)
        private
    {
        Order memory order = _order();
        order.kind = kind;
        order = _ask(order);
        Deal memory deal = _dealOf(order);
        (deal.price, deal.collateral) = (1, 10);
        jobs.take(order, deal, _sign(PROVIDER_KEY, market.hashDeal(deal)));
        Ending memory ending;
        bytes memory said = size > 255 ? abi.encodePacked(uint16(size)) : abi.encodePacked(uint8(size));
        bytes memory link =
            abi.encodePacked(hex"0a2401551220", sha256(file), hex"12", uint8(bytes(name).length), name, hex"18", said);
        ending.directory = abi.encodePacked(hex"12", uint8(link.length), link, hex"0a020801");
        ending.result = Result(sha256(ending.directory), 0, 1);
        (ending.digest, ending.salt, ending.file) = (_digest(ending.result), SALT, file);
        _submit(deal, ending.result);
        vm.warp(block.timestamp + deal.window + 1);
        _deliver(order, deal, ending);
        eq(uint256(client.lastStatus()), uint256(status), name);
    }

    function _expectOther(string memory directory, ResultStatus status) private {
        Order memory order = _ask(_order());
        Deal memory deal = _take(order);
        Ending memory ending;
        (ending.result, ending.directory, ending.salt) = (_resultOf(directory), _block(directory), SALT);
        ending.digest = _digest(ending.result);
        _submit(deal, ending.result);
        vm.warp(block.timestamp + deal.window + 1);
        _deliver(order, deal, ending);
        eq(uint256(client.lastStatus()), uint256(status), "status");
    }
}
